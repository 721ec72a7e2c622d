// From the names in a checkpoint to dicts, lists and tensors.
#include "core/torch_names.hpp"

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "core/strided_view.hpp"

namespace dinobench {
namespace {

constexpr std::array<std::pair<const char*, DType>, 10> storages{
    {{"torch.DoubleStorage", DType::float64},
     {"torch.FloatStorage", DType::float32},
     {"torch.HalfStorage", DType::float16},
     {"torch.BFloat16Storage", DType::bfloat16},
     {"torch.LongStorage", DType::int64},
     {"torch.IntStorage", DType::int32},
     {"torch.ShortStorage", DType::int16},
     {"torch.CharStorage", DType::int8},
     {"torch.ByteStorage", DType::uint8},
     {"torch.BoolStorage", DType::boolean}}};

constexpr std::array<const char*, 13> dtypes{
    "torch.float64", "torch.float32", "torch.float16", "torch.bfloat16", "torch.int64",
    "torch.int32",   "torch.int16",   "torch.int8",    "torch.uint8",    "torch.bool",
    "torch.double",  "torch.float",   "torch.half"};

constexpr std::array<const char*, 9> callables{"collections.OrderedDict",
                                               "collections.Counter",
                                               "argparse.Namespace",
                                               "torch.Size",
                                               "torch.device",
                                               "torch._utils._rebuild_tensor",
                                               "torch._utils._rebuild_tensor_v2",
                                               "torch._utils._rebuild_parameter",
                                               "torch._utils._rebuild_parameter_with_state"};

constexpr size_t most_copied_items = size_t{1} << 20;

DType dtype_of(const std::string& storage) {
  for (const auto& [name, dtype] : storages)
    if (storage == name) return dtype;
  fail("'{}' is no storage type known here", storage);
}

const Value& argument(const ValueList& arguments, size_t index) {
  require(index < arguments.size(), "damaged pickle: {} arguments", arguments.size());
  return arguments[index];
}

std::vector<int64_t> extents(const Value& value) {
  std::vector<int64_t> out;
  for (const Value& item : value.as_list()) out.push_back(item.as_int());
  return out;
}

}  // namespace

std::string storage_class(DType dtype) {
  for (const auto& [name, held] : storages)
    if (held == dtype) return name;
  fail("no storage class for {}", dtype_name(dtype));
}

bool TorchNames::knows(const std::string& name) const {
  const auto is_name = [&](const char* known) { return name == known; };
  return std::any_of(callables.begin(), callables.end(), is_name) ||
         std::any_of(dtypes.begin(), dtypes.end(), is_name) ||
         std::any_of(storages.begin(), storages.end(),
                     [&](const auto& known) { return name == known.first; });
}

bool builds_tensor(const std::string& name) { return name.starts_with("torch._utils._rebuild"); }

StorageReference storage_reference(const Value& id) {
  const ValueList& parts = id.as_list();
  require(argument(parts, 0).as_text() == "storage", "damaged: a reference to no storage");
  StorageReference out;
  out.dtype = dtype_of(argument(parts, 1).as_text());
  out.key = argument(parts, 2).as_text();
  out.count = argument(parts, 4).as_int();
  require(out.count >= 0, "damaged: storage '{}' of {} elements", out.key, out.count);
  if (parts.size() > 5 && !parts[5].is_none()) out.view = &parts[5];
  return out;
}

// A list that is copied a thousand times by three bytes each must not fill the memory.
void TorchNames::count_copied(size_t items) {
  copied_items_ += items;
  require(copied_items_ <= most_copied_items, "damaged pickle: items repeated without end");
}

Value TorchNames::call(const std::string& name, const ValueList& arguments) {
  if (name == "collections.OrderedDict") {
    Value dict = Value::dict();
    if (arguments.empty()) return dict;
    count_copied(arguments[0].as_list().size());
    for (const Value& pair : arguments[0].as_list())  // protocol 0 and 1: a list of pairs
      dict.set(argument(pair.as_list(), 0), argument(pair.as_list(), 1));
    return dict;
  }
  if (name == "argparse.Namespace") {
    Value dict = Value::dict();
    namespaces_.insert(&dict.as_dict());
    return dict;
  }
  if (name == "collections.Counter" && arguments.empty()) return Value::dict();
  if (name == "collections.Counter" || name == "torch.Size" || name == "torch.device" ||
      name.starts_with("torch._utils._rebuild_p"))
    return argument(arguments, 0);
  if (builds_tensor(name)) return tensor(arguments);
  fail("refuses to run '{}': not a name that torch.save calls", name);
}

// An OrderedDict's state is its _metadata, which the names of the tensors make superfluous.
void TorchNames::set_state(Value& object, const Value& state) {
  if (!namespaces_.contains(&object.as_dict())) return;
  count_copied(state.as_dict().size());
  const ValueDict items = state.as_dict();  // a copy: the state may be the object itself
  for (const auto& [key, value] : items) object.set(key, value);
}

const TorchNames::Storage& TorchNames::storage(const StorageReference& reference) {
  Storage& bytes = storages_[reference.key];
  if (bytes == nullptr)
    bytes = std::make_shared<const std::vector<std::byte>>(read_storage_(reference.key));
  const auto width = static_cast<size_t>(dtype_bytes(reference.dtype));
  require(bytes->size() / width == static_cast<size_t>(reference.count),
          "damaged: storage '{}' has {} bytes where {} elements of {} are expected", reference.key,
          bytes->size(), reference.count, dtype_name(reference.dtype));
  return bytes;
}

TensorData TorchNames::view(const TensorData& whole, const ValueList& parts) {
  const std::string& key = argument(parts, 0).as_text();
  if (const auto at = views_.find(key); at != views_.end()) return at->second;
  const TensorData part = tensor({whole, argument(parts, 1), Value::list({argument(parts, 2)}),
                                  Value::list({int64_t{1}})})
                              .as_tensor();
  return views_[key] = part;
}

// A storage becomes a flat tensor over the whole of it.
Value TorchNames::persistent(const Value& id) {
  const StorageReference reference = storage_reference(id);
  const TensorData whole{reference.dtype, {reference.count}, storage(reference)};
  return reference.view == nullptr ? whole : view(whole, reference.view->as_list());
}

Value TorchNames::tensor(const ValueList& arguments) {
  const TensorData& storage = argument(arguments, 0).as_tensor();
  const StridedView view(argument(arguments, 1).as_int(), extents(argument(arguments, 2)),
                         extents(argument(arguments, 3)));
  const int64_t held = storage.numel();
  require(view.end() <= held, "damaged: a tensor reaches element {} of a storage of {}", view.end(),
          held);
  if (view.offset() == 0 && view.numel() == held && view.contiguous())
    return TensorData{storage.dtype, view.shape(), storage.bytes};
  const auto width = static_cast<size_t>(dtype_bytes(storage.dtype));
  require(static_cast<uint64_t>(view.numel()) <= copy_budget_ / width,
          "tensors of overlapping elements are larger than the file allows");
  copy_budget_ -= static_cast<uint64_t>(view.numel()) * width;
  auto bytes = view.gather(storage.bytes->data(), width);
  return TensorData{storage.dtype, view.shape(),
                    std::make_shared<const std::vector<std::byte>>(std::move(bytes))};
}

}  // namespace dinobench
