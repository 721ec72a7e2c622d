// The three matrix products of a linear layer, by the fastest means of this machine.
#pragma once

#include <ATen/core/Tensor.h>

namespace dinobench {

// Contiguous float tensors of one dtype on one device. On the CPU core/matmul.hpp takes those in
// float32 that have enough rows, in parts for all threads; at::mm the others, and all of them with
// --reference_math.

/// x [m, k], weight [n, k], bias [n] or undefined -> x weight^T + bias, [m, n].
at::Tensor times_transposed(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

/// gradient [m, n], weight [n, k] -> gradient weight, [m, k].
at::Tensor times(const at::Tensor& gradient, const at::Tensor& weight);

/// gradient [m, n], x [m, k] -> gradient^T x, [n, k].
at::Tensor transposed_times(const at::Tensor& gradient, const at::Tensor& x);

}  // namespace dinobench
