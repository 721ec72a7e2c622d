// The two layouts of torch.save. The archive of today: NAME/data.pkl, NAME/version, NAME/data/KEY.
#include "core/torch_file.hpp"

#include <map>

#include "core/error.hpp"
#include "core/file_bytes.hpp"
#include "core/pickler.hpp"
#include "core/torch_legacy.hpp"
#include "core/torch_names.hpp"
#include "core/zip_archive.hpp"

namespace dinobench {
namespace {

constexpr const char* pickle_suffix = "/data.pkl";

// The archive's top folder, named after the file that was first saved to.
std::string find_root(const ZipReader& zip) {
  std::string root;
  for (const std::string& name : zip.names()) {
    if (!name.ends_with(pickle_suffix)) continue;
    require(root.empty(), "two members are called data.pkl");
    root = name.substr(0, name.size() - std::string(pickle_suffix).size());
  }
  require(!root.empty(), "a zip file without data.pkl: not written by torch.save");
  return root;
}

void check_byte_order(ZipReader& zip, const std::string& root) {
  if (!zip.has(root + "/byteorder")) return;  // before torch 2.1: little
  const auto bytes = zip.read(root + "/byteorder");
  const std::string order(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  require(order == "little", "byte order '{}' where little is expected", order);
}

Value load_zip(const std::filesystem::path& path) {
  ZipReader zip(path);
  const std::string root = find_root(zip);
  check_byte_order(zip, root);
  TorchNames names([&](const std::string& key) { return zip.read(root + "/data/" + key); },
                   TorchNames::copy_budget(zip.file_size()));
  const auto pickled = zip.read(root + pickle_suffix);
  return unpickle(pickled, names);
}

bool is_zip(std::span<const std::byte> head) {
  return head.size() >= 2 && head[0] == std::byte{'P'} && head[1] == std::byte{'K'};
}

// Tensors that share their elements share a storage; a storage has one element type.
class StorageKeys {
 public:
  std::string operator()(const TensorData& tensor) {
    const void* storage = tensor.bytes.get();
    if (tensor.source != nullptr) storage = tensor.source.get();
    const auto [at, added] = keys_.emplace(std::pair(storage, tensor.dtype), storages_.size());
    if (added || storage == nullptr) {
      at->second = storages_.size();
      storages_.push_back(tensor);
    }
    return std::to_string(at->second);
  }
  const std::vector<TensorData>& storages() const { return storages_; }

 private:
  std::map<std::pair<const void*, DType>, size_t> keys_;
  std::vector<TensorData> storages_;
};

}  // namespace

Value load_torch_file(const std::filesystem::path& path) {
  return naming_file(path, [&] {
    FileBytes file(path);
    const auto head = file.first(64);
    if (is_legacy_stream(head)) return load_legacy_stream(file);
    require(is_zip(head),
            "not weights: expected a torch checkpoint (zip, or the stream of before 1.6)");
    return load_zip(path);
  });
}

void save_torch_file(const Value& value, const std::filesystem::path& path) {
  StorageKeys keys;
  const std::string pickled = pickle(value, [&](const TensorData& tensor) { return keys(tensor); });
  AtomicFile file(path);
  ZipWriter zip(file);
  const auto add = [&](const std::string& name, const std::string& text) {
    zip.add("archive/" + name, std::as_bytes(std::span(text)));
  };
  add("data.pkl", pickled);
  add("byteorder", "little");
  for (size_t i = 0; i < keys.storages().size(); ++i) {
    const TensorData& storage = keys.storages()[i];
    const auto put = [&](std::span<const std::byte> bytes) {
      zip.add("archive/data/" + std::to_string(i), bytes);
    };
    if (storage.source != nullptr)
      storage.source->read(put);
    else
      put(storage.bytes == nullptr ? std::span<const std::byte>() : std::span(*storage.bytes));
  }
  add("version", "3\n");
  zip.finish();
  file.commit();
}

}  // namespace dinobench
