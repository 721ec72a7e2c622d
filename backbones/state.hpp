// Named tensors in and out of modules: the bridge between torch modules and checkpoint values.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <string>
#include <utility>
#include <vector>

#include "core/pickle_value.hpp"

namespace dinobench {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// Parameters and buffers in Python's state_dict order (own parameters, own buffers, then
/// children), sharing memory.
NamedTensors state_of(const torch::nn::Module& module);
/// Parameters alone, in Python's named_parameters order.
NamedTensors parameters_of(const torch::nn::Module& module);

TensorData description_of(const at::Tensor& tensor);  ///< dtype and shape, no bytes
TensorData to_data(const at::Tensor& tensor);         ///< copies to host, contiguous
at::Tensor to_tensor(const TensorData& data);         ///< copies
Value to_value(const NamedTensors& tensors, const std::string& prefix = "");
NamedTensors from_value(const Value& dict);

/// Copies `source` into the tensors of `target` by name, converting the dtype. Strict: an input
/// Error lists missing, unexpected and differently shaped names (the first few of each and how many
/// more); nothing is copied then.
void load_state(const NamedTensors& target, const NamedTensors& source, const std::string& what);

/// Moves parameters and buffers in place; the dtype of integer buffers is kept.
void move_module(torch::nn::Module& module, c10::Device device, c10::ScalarType dtype);

/// The same tensors with `prefix` before each name.
NamedTensors with_prefix(const NamedTensors& tensors, const std::string& prefix);

/// Names without "module." and "backbone." wherever they occur, "head.*" and "fc.*" left out: what
/// an evaluation loads (dino.md 7).
NamedTensors backbone_names(const NamedTensors& state);

}  // namespace dinobench
