// Safetensors files: what the header says, held against what the file has.
#include "core/safetensors.hpp"

#include <algorithm>

#include "core/atomic_file.hpp"
#include "core/file_bytes.hpp"
#include "core/little_endian.hpp"
#include "core/safetensors_header.hpp"

namespace dinobench {
namespace {

constexpr uint64_t length_bytes = 8, most_header = 100'000'000;  // the format's own limit

uint64_t header_length(std::span<const std::byte> head) {
  ByteReader in(head);
  return in.number<uint64_t>();
}

uint64_t wanted_bytes(const SafetensorsEntry& entry) {
  auto count = static_cast<uint64_t>(dtype_bytes(entry.dtype));
  for (const int64_t extent : entry.shape)
    require(!__builtin_mul_overflow(count, static_cast<uint64_t>(extent), &count),
            "damaged header: the extents of '{}' overflow", entry.name);
  return count;
}

// Sorted by place, each tensor begins where the one before ends, and the last ends the file.
void check_places(const std::vector<SafetensorsEntry>& sorted, uint64_t data_bytes) {
  uint64_t at = 0;
  for (const SafetensorsEntry& entry : sorted) {
    require(entry.begin == at && entry.end >= entry.begin,
            "damaged header: '{}' has bytes {} to {}, expected to begin at {}", entry.name,
            entry.begin, entry.end, at);
    require(entry.end - entry.begin == wanted_bytes(entry),
            "damaged header: '{}' has {} bytes, expected {} for {} [{}]", entry.name,
            entry.end - entry.begin, wanted_bytes(entry), dtype_name(entry.dtype),
            fmt::join(entry.shape, ","));
    at = entry.end;
  }
  require(at == data_bytes, "truncated or damaged: {} bytes of tensors, the header has {}",
          data_bytes, at);
}

Value load(FileBytes& file) {
  const auto head = file.first(length_bytes + 1);
  require(is_safetensors(head, file.size()), "not a safetensors file, or truncated");
  const uint64_t header_bytes = header_length(head);
  require(header_bytes <= most_header, "a header of {} bytes; the format allows {}", header_bytes,
          most_header);
  auto entries = parse_safetensors_header(file.at(length_bytes, header_bytes));
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  const uint64_t data_at = length_bytes + header_bytes;
  check_places(entries, file.size() - data_at);
  Value dict = Value::dict();
  for (SafetensorsEntry& entry : entries) {
    auto bytes = file.at(data_at + entry.begin, entry.end - entry.begin);
    dict.set(std::move(entry.name),
             TensorData{entry.dtype, std::move(entry.shape),
                        std::make_shared<const std::vector<std::byte>>(std::move(bytes))});
  }
  return dict;
}

std::pair<SafetensorsEntry, TensorData> described(const Value& name, const Value& value) {
  const TensorData& tensor = value.as_tensor();
  SafetensorsEntry entry{name.as_text(), tensor.dtype, tensor.shape, 0, 0};
  require(tensor.bytes != nullptr && tensor.bytes->size() == wanted_bytes(entry),
          "'{}' does not hold the bytes of its shape", entry.name);
  return {std::move(entry), tensor};
}

}  // namespace

bool is_safetensors(std::span<const std::byte> head, uint64_t file_bytes) {
  if (head.size() <= length_bytes || head[length_bytes] != std::byte{'{'}) return false;
  return header_length(head) <= file_bytes - length_bytes;
}

Value load_safetensors(const std::filesystem::path& path) {
  return naming_file(path, [&] {
    FileBytes file(path);
    return load(file);
  });
}

void save_safetensors(const Value& dict, const std::filesystem::path& path) {
  std::vector<std::pair<SafetensorsEntry, TensorData>> tensors;
  for (const auto& [name, value] : dict.as_dict()) tensors.push_back(described(name, value));
  // Wide elements first: then all of them are aligned.
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
    const int64_t wide_a = dtype_bytes(a.first.dtype), wide_b = dtype_bytes(b.first.dtype);
    return wide_a != wide_b ? wide_a > wide_b : a.first.name < b.first.name;
  });
  uint64_t at = 0;
  std::vector<SafetensorsEntry> entries;
  for (auto& [entry, tensor] : tensors) {
    entry.begin = at;
    entry.end = at += tensor.bytes->size();
    entries.push_back(entry);
  }
  const std::string header = safetensors_header(entries);
  std::string length;
  append_number(length, static_cast<uint64_t>(header.size()));
  AtomicFile file(path);
  file.write(length + header);
  for (const auto& [entry, tensor] : tensors) file.write(std::span(*tensor.bytes));
  file.commit();
}

}  // namespace dinobench
