// The handful of names that torch.save writes, and what they stand for.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "core/unpickler.hpp"

namespace dinobench {

/// "torch.FloatStorage" and its like.
std::string storage_class(DType dtype);

/// Where a tensor's elements are: ('storage', class, key, location, count[, view]).
struct StorageReference {
  DType dtype;
  std::string key;
  int64_t count = 0;            // elements of the whole storage
  const Value* view = nullptr;  // (key, offset, count) of a part of it, before torch 0.4
};
StorageReference storage_reference(const Value& id);

/// Whether a call of this name makes a tensor or a parameter.
bool builds_tensor(const std::string& name);

/// Builds OrderedDict, Counter, Namespace, Size, tensors and parameters. `read_storage` gives the
/// bytes of the storage with this key; copies of strided tensors are held to `copy_budget` bytes in
/// total.
class TorchNames : public PickleNames {
 public:
  using ReadStorage = std::function<std::vector<std::byte>(const std::string& key)>;
  TorchNames(ReadStorage read_storage, uint64_t copy_budget)
      : read_storage_(std::move(read_storage)), copy_budget_(copy_budget) {}
  /// What is allowed to a file of this size.
  static uint64_t copy_budget(uint64_t file_bytes) {
    return 4 * file_bytes + (uint64_t{256} << 20);
  }

  bool knows(const std::string& name) const override;
  Value call(const std::string& name, const ValueList& arguments) override;
  void set_state(Value& object, const Value& state) override;
  Value persistent(const Value& id) override;

 private:
  using Storage = std::shared_ptr<const std::vector<std::byte>>;
  const Storage& storage(const StorageReference& reference);
  TensorData view(const TensorData& whole, const ValueList& parts);
  Value tensor(const ValueList& arguments);
  void count_copied(size_t items);

  ReadStorage read_storage_;
  uint64_t copy_budget_;
  size_t copied_items_ = 0;
  std::map<std::string, Storage> storages_;
  std::map<std::string, TensorData> views_;
  std::set<const void*> namespaces_;  // dicts whose state is their content
};

}  // namespace dinobench
