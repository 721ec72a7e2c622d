// Linear layers and perceptrons for devices with kernels: in float32, or on rows of bfloat16 with
// the copies of half_weights.hpp. Twins: lean_linear.hpp under autocast.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "backbones/half_weights.hpp"

namespace dinobench {

/// Whether networks take these layers for tensors like this one: its device has kernels, it is
/// float32 or bfloat16, and no autocast is on there.
bool takes_kernels(const at::Tensor& x);

/// x [..., in] of activation_type() -> x W^T + b [..., out] in the same type; the gradients of
/// weight and bias are float32. A weight of more than two dimensions counts as [out, in]. Run Error
/// for rows of bfloat16 without a copy of the weight.
at::Tensor device_linear(const at::Tensor& x, const HeldLinear& linear);

/// Linear layers with the exact GELU between them: one kernel for a bias and the GELU after it.
at::Tensor device_perceptron(const at::Tensor& x, const std::vector<LinearWeights>& layers);

}  // namespace dinobench
