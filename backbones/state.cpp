// Walking modules in Python's order, and strict copying between names.
#include "backbones/state.hpp"

#include <ATen/ATen.h>

#include <array>
#include <cstring>
#include <map>

#include "core/error.hpp"

namespace dinobench {
namespace {

constexpr std::array<std::pair<DType, at::ScalarType>, 10> dtype_pairs{
    {{DType::float64, at::kDouble},
     {DType::float32, at::kFloat},
     {DType::float16, at::kHalf},
     {DType::bfloat16, at::kBFloat16},
     {DType::int64, at::kLong},
     {DType::int32, at::kInt},
     {DType::int16, at::kShort},
     {DType::int8, at::kChar},
     {DType::uint8, at::kByte},
     {DType::boolean, at::kBool}}};

void collect(const torch::nn::Module& module, const std::string& prefix, bool buffers,
             NamedTensors& out) {
  for (const auto& item : module.named_parameters(/*recurse=*/false))
    out.emplace_back(prefix + item.key(), item.value());
  if (buffers)
    for (const auto& item : module.named_buffers(/*recurse=*/false))
      out.emplace_back(prefix + item.key(), item.value());
  for (const auto& item : module.named_children())
    collect(*item.value(), prefix + item.key() + ".", buffers, out);
}

std::string erase_all(std::string text, const std::string& part) {
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part))
    text.erase(at, part.size());
  return text;
}

// "3 missing: a, b, c": the first few, and how many more.
void mention(std::string& text, const char* what, const std::vector<std::string>& names) {
  constexpr size_t shown = 4;
  if (names.empty()) return;
  const std::vector<std::string> first(names.begin(),
                                       names.begin() + std::min(shown, names.size()));
  text += fmt::format("; {} {}: {}", names.size(), what, fmt::join(first, ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
}

std::string shape_text(const at::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes().vec(), ","));
}

}  // namespace

NamedTensors state_of(const torch::nn::Module& module) {
  NamedTensors out;
  collect(module, "", true, out);
  return out;
}

NamedTensors parameters_of(const torch::nn::Module& module) {
  NamedTensors out;
  collect(module, "", false, out);
  return out;
}

TensorData description_of(const at::Tensor& tensor) {
  TensorData data;
  bool known = false;
  for (const auto& [ours, torchs] : dtype_pairs)
    if (torchs == tensor.scalar_type()) data.dtype = ours, known = true;
  require(known, "a tensor of dtype {} cannot be stored", at::toString(tensor.scalar_type()));
  data.shape = tensor.sizes().vec();
  return data;
}

TensorData to_data(const at::Tensor& tensor) {
  const at::Tensor host = tensor.detach().to(at::kCPU).contiguous();
  TensorData data = description_of(host);
  auto bytes = std::make_shared<std::vector<std::byte>>(host.nbytes());
  if (!bytes->empty()) std::memcpy(bytes->data(), host.const_data_ptr(), bytes->size());
  data.bytes = std::move(bytes);
  return data;
}

at::Tensor to_tensor(const TensorData& data) {
  at::ScalarType dtype = at::kFloat;
  for (const auto& [ours, torchs] : dtype_pairs)
    if (ours == data.dtype) dtype = torchs;
  at::Tensor tensor = at::empty(data.shape, dtype);
  require(data.bytes && data.bytes->size() == tensor.nbytes(),
          "a tensor of shape [{}] holds {} bytes, expected {}", fmt::join(data.shape, ","),
          data.bytes ? data.bytes->size() : 0, tensor.nbytes());
  if (tensor.nbytes() > 0)
    std::memcpy(tensor.mutable_data_ptr(), data.bytes->data(), tensor.nbytes());
  return tensor;
}

Value to_value(const NamedTensors& tensors, const std::string& prefix) {
  Value dict = Value::dict();
  for (const auto& [name, tensor] : tensors) dict.set(prefix + name, to_data(tensor));
  return dict;
}

NamedTensors from_value(const Value& dict) {
  NamedTensors out;
  for (const auto& [name, value] : dict.as_dict())
    out.emplace_back(name.as_text(), to_tensor(value.as_tensor()));
  return out;
}

void load_state(const NamedTensors& target, const NamedTensors& source, const std::string& what) {
  std::map<std::string, at::Tensor> given(source.begin(), source.end());
  std::vector<std::string> missing, unexpected, different;
  for (const auto& [name, tensor] : target) {
    const auto found = given.find(name);
    if (found == given.end())
      missing.push_back(name);
    else if (found->second.sizes() != tensor.sizes())
      different.push_back(fmt::format("{} is {}, expected {}", name, shape_text(found->second),
                                      shape_text(tensor)));
  }
  const std::map<std::string, at::Tensor> wanted(target.begin(), target.end());
  for (const auto& [name, tensor] : source)
    if (wanted.count(name) == 0) unexpected.push_back(name);
  std::string problems;
  mention(problems, "missing", missing);
  mention(problems, "unexpected", unexpected);
  mention(problems, "of another shape", different);
  require(problems.empty(), "{} does not fit the network{}", what, problems);
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : target) tensor.copy_(given.at(name));
}

void move_module(torch::nn::Module& module, c10::Device device, c10::ScalarType dtype) {
  const at::NoGradGuard no_grad;
  for (auto& [name, tensor] : state_of(module))
    tensor.set_data(tensor.to(device, tensor.is_floating_point() ? dtype : tensor.scalar_type()));
}

NamedTensors with_prefix(const NamedTensors& tensors, const std::string& prefix) {
  NamedTensors out;
  for (const auto& [name, tensor] : tensors) out.emplace_back(prefix + name, tensor);
  return out;
}

NamedTensors backbone_names(const NamedTensors& state) {
  NamedTensors out;
  for (const auto& [name, tensor] : state) {
    const std::string plain = erase_all(erase_all(name, "module."), "backbone.");
    bool head = false;  // the last two are names of an early upload of the reference
    for (const char* prefix : {"head.", "fc.", "projection_head.", "prototypes."})
      head = head || plain.rfind(prefix, 0) == 0;
    if (!head) out.emplace_back(plain, tensor);
  }
  return out;
}

}  // namespace dinobench
