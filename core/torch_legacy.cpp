// The value comes before the storages that its tensors are made of: it is read twice, first for
// their element types alone.
#include "core/torch_legacy.hpp"

#include <algorithm>
#include <array>

#include "core/builtin_names.hpp"
#include "core/torch_names.hpp"

namespace dinobench {
namespace {

// The pickled number 0x1950a86a20f9469cfc6c; a protocol mark and a frame may stand before it.
constexpr std::array<unsigned char, 13> magic{0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9,
                                              0x20, 0x6a, 0xa8, 0x50, 0x19, '.'};
constexpr size_t most_before_magic = 11;
constexpr int64_t known_protocol = 1001;
// A checkpoint's value is its names and numbers: about a hundred bytes for each tensor.
constexpr uint64_t most_pickled = uint64_t{64} << 20;

// Behind the magic number; npos if it is not at the beginning.
size_t after_magic(std::span<const std::byte> head) {
  const auto bytes = std::as_bytes(std::span(magic));
  const auto part = head.first(std::min(head.size(), most_before_magic + magic.size()));
  const auto at = std::search(part.begin(), part.end(), bytes.begin(), bytes.end());
  return at == part.end() ? std::string::npos
                          : static_cast<size_t>(at - part.begin()) + magic.size();
}

struct Storage {
  uint64_t offset = 0, bytes = 0;
};

// Keeps type and count of the storages, and makes no tensor.
class StorageScout : public TorchNames {
 public:
  StorageScout() : TorchNames({}, 0) {}
  Value persistent(const Value& id) override {
    StorageReference found = storage_reference(id);
    found.view = nullptr;  // it points into `id`
    const auto [at, added] = found_.emplace(found.key, found);
    require(added || (at->second.dtype == found.dtype && at->second.count == found.count),
            "damaged: storage '{}' has two types or sizes", found.key);
    return {};
  }
  Value call(const std::string& name, const ValueList& arguments) override {
    return builds_tensor(name) ? Value() : TorchNames::call(name, arguments);
  }
  const StorageReference& at(const std::string& key) const {
    const auto found = found_.find(key);
    require(found != found_.end(), "damaged: storage '{}' is of no tensor", key);
    return found->second;
  }

 private:
  std::map<std::string, StorageReference> found_;
};

void check_machine(ByteReader& in) {
  BuiltinNames names;
  const int64_t protocol = unpickle(in, names).as_int();
  require(protocol == known_protocol, "a stream of protocol {}, expected {}", protocol,
          known_protocol);
  const Value facts = unpickle(in, names);
  const Value* little = facts.find("little_endian");
  const bool* holds = little == nullptr ? nullptr : std::get_if<bool>(&little->data);
  require(holds != nullptr && *holds, "the byte order is not little, as is expected");
}

std::map<std::string, Storage> find_storages(FileBytes& file, uint64_t offset, const Value& keys,
                                             const StorageScout& scout) {
  std::map<std::string, Storage> out;
  for (const Value& item : keys.as_list()) {
    const std::string& key = item.as_text();
    const StorageReference& expected = scout.at(key);
    const auto count_bytes = file.at(offset, 8);
    ByteReader count(count_bytes);
    const auto elements = count.number<uint64_t>();
    require(elements == static_cast<uint64_t>(expected.count),
            "damaged: storage '{}' has {} elements, expected {}", key, elements, expected.count);
    const auto width = static_cast<uint64_t>(dtype_bytes(expected.dtype));
    offset += 8;
    require(elements <= (file.size() - offset) / width,
            "truncated or damaged: storage '{}' of {} elements at {} of a file of {}", key,
            elements, offset, file.size());
    require(out.emplace(key, Storage{offset, elements * width}).second,
            "damaged: storage '{}' is there twice", key);
    offset += elements * width;
  }
  return out;
}

}  // namespace

bool is_legacy_stream(std::span<const std::byte> head) {
  return after_magic(head) != std::string::npos;
}

Value load_legacy_stream(FileBytes& file) {
  const auto head = file.first(most_pickled);
  ByteReader in(head);
  in.take(after_magic(head));
  check_machine(in);
  ByteReader again = in;
  StorageScout scout;
  unpickle(in, scout);
  BuiltinNames plain;
  const Value keys = unpickle(in, plain);
  const auto storages = find_storages(file, head.size() - in.left(), keys, scout);
  const auto read = [&](const std::string& key) {
    const auto at = storages.find(key);
    require(at != storages.end(), "damaged: storage '{}' is missing", key);
    return file.at(at->second.offset, at->second.bytes);
  };
  TorchNames names(read, TorchNames::copy_budget(file.size()));
  return unpickle(again, names);
}

}  // namespace dinobench
