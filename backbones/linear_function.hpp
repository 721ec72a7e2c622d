// What the autograd functions of linear layers have in common. Internal to their sources.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>

namespace dinobench::linear_function {

using Context = torch::autograd::AutogradContext;
using Gradients = torch::autograd::variable_list;
using Maybe = std::optional<at::Tensor>;

/// [..., width] -> [rows, width], contiguous.
inline at::Tensor as_rows(const at::Tensor& x) { return x.contiguous().view({-1, x.size(-1)}); }

}  // namespace dinobench::linear_function
