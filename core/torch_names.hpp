// The handful of names that torch.save writes, and what they stand for.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "core/unpickler.hpp"

namespace dinobench {

/// "torch.FloatStorage" and its like.
std::string storage_class(DType dtype);

/// Builds OrderedDict, Namespace, Size, tensors and parameters. `read_storage` gives the bytes of
/// the storage with this key; copies of strided tensors are held to `copy_budget` bytes in total.
class TorchNames : public PickleNames {
 public:
  using ReadStorage = std::function<std::vector<std::byte>(const std::string& key)>;
  TorchNames(ReadStorage read_storage, uint64_t copy_budget)
      : read_storage_(std::move(read_storage)), copy_budget_(copy_budget) {}

  bool knows(const std::string& name) const override;
  Value call(const std::string& name, const ValueList& arguments) override;
  void set_state(Value& object, const Value& state) override;
  Value persistent(const Value& id) override;

 private:
  Value tensor(const ValueList& arguments);

  ReadStorage read_storage_;
  uint64_t copy_budget_;
  std::map<std::string, std::shared_ptr<const std::vector<std::byte>>> storages_;
  std::set<const void*> namespaces_;  // dicts whose state is their content
};

}  // namespace dinobench
