// Zip archives, written front to back. Sizes and offsets always stand in zip64 fields, so that a
// large file takes no path of its own.
#include <zlib.h>

#include "core/little_endian.hpp"
#include "core/zip_archive.hpp"

namespace dinobench {
namespace {

constexpr uint16_t version = 45;          // the first with zip64
constexpr uint16_t utf8_names = 1 << 11;  // general purpose flag
constexpr uint16_t date = 1 << 5 | 1;     // 1 January 1980: the bytes depend on the content alone
constexpr uint16_t zip64_tag = 1, padding_tag = 0x4246;  // "FB", as in torch's own files
constexpr uint32_t see_zip64 = 0xFFFFFFFF;

// The fields that local header and directory share, from the flags to the name's length.
std::string shared_fields(const std::string& name, uint32_t crc) {
  std::string out;
  append_number(out, utf8_names);
  append_number(out, uint16_t{0});  // stored
  append_number(out, uint16_t{0});  // midnight
  append_number(out, date);
  append_number(out, crc);
  append_number(out, see_zip64);
  append_number(out, see_zip64);
  append_number(out, static_cast<uint16_t>(name.size()));
  return out;
}

std::string zip64_field(std::initializer_list<uint64_t> values) {
  std::string out;
  append_number(out, zip64_tag);
  append_number(out, static_cast<uint16_t>(8 * values.size()));
  for (const uint64_t value : values) append_number(out, value);
  return out;
}

std::string local_header(const std::string& name, uint32_t crc, const std::string& extra) {
  std::string out;
  append_number(out, uint32_t{0x04034b50});
  append_number(out, version);
  out += shared_fields(name, crc);
  append_number(out, static_cast<uint16_t>(extra.size()));
  return out + name + extra;
}

std::string padding_field(uint64_t bytes) {
  std::string out;
  append_number(out, padding_tag);
  append_number(out, static_cast<uint16_t>(bytes));
  return out + std::string(static_cast<size_t>(bytes), '\0');
}

std::string central_header(const std::string& name, uint32_t crc, const std::string& extra) {
  std::string out;
  append_number(out, uint32_t{0x02014b50});
  append_number(out, version);
  append_number(out, version);
  out += shared_fields(name, crc);
  append_number(out, static_cast<uint16_t>(extra.size()));
  append_number(out, uint16_t{0});  // comment
  append_number(out, uint16_t{0});  // disk
  append_number(out, uint16_t{0});  // internal attributes
  append_number(out, uint32_t{0});  // external attributes
  append_number(out, see_zip64);    // header's offset
  return out + name + extra;
}

}  // namespace

uint32_t crc32_of(std::span<const std::byte> bytes) {
  const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
  return static_cast<uint32_t>(crc32_z(crc32_z(0, nullptr, 0), data, bytes.size()));
}

void ZipWriter::write(const std::string& bytes) {
  file_.write(bytes);
  offset_ += bytes.size();
}

void ZipWriter::add(const std::string& name, std::span<const std::byte> bytes) {
  require(name.size() <= 0xFFFF, "a zip member's name has {} bytes", name.size());
  const uint32_t crc = bytes.empty() ? 0 : crc32_of(bytes);
  const uint64_t header_at = offset_;
  std::string extra = zip64_field({bytes.size(), bytes.size()});
  const uint64_t end = header_at + local_header(name, crc, extra + padding_field(0)).size();
  extra += padding_field((alignment_ - end % alignment_) % alignment_);
  write(local_header(name, crc, extra));
  file_.write(bytes);
  offset_ += bytes.size();
  directory_ += central_header(name, crc, zip64_field({bytes.size(), bytes.size(), header_at}));
  ++count_;
}

void ZipWriter::finish() {
  const uint64_t directory_at = offset_, size = directory_.size();
  write(directory_);
  const uint64_t end64_at = offset_;
  std::string out;
  append_number(out, uint32_t{0x06064b50});
  append_number(out, uint64_t{44});  // bytes of this record after this field
  append_number(out, version);
  append_number(out, version);
  append_number(out, uint32_t{0});
  append_number(out, uint32_t{0});
  for (const uint64_t value : {count_, count_, size, directory_at}) append_number(out, value);
  append_number(out, uint32_t{0x07064b50});
  append_number(out, uint32_t{0});
  append_number(out, end64_at);
  append_number(out, uint32_t{1});  // disks
  append_number(out, uint32_t{0x06054b50});
  append_number(out, uint32_t{0});
  append_number(out, uint16_t{0xFFFF});
  append_number(out, uint16_t{0xFFFF});
  append_number(out, see_zip64);
  append_number(out, see_zip64);
  append_number(out, uint16_t{0});
  write(out);
}

}  // namespace dinobench
