// The memory-bound parts of a transformer block by GPU kernels, differentiable. Twins: the torch
// operations in vit_block.cpp.
#pragma once

#include <ATen/core/Tensor.h>

namespace dinobench {

// Streams are [..., D], float32 or bfloat16, contiguous, on a device with kernels (has_kernels());
// weight and bias float32 [D] there. All arithmetic is float32, and so are the gradients of weight
// and bias, whose sums are in an order that no device changes.

struct NormedSum {
  at::Tensor sum;     // x + scale * branch, as the stream
  at::Tensor normed;  // layer norm of `sum` as it was rounded, as the stream
};

/// `row_scales`: float32 [B], B dividing the rows: one factor (0 or 1 / keep) for each of B equal
/// parts of the rows; undefined: 1. D at most 1536.
NormedSum fused_add_norm(const at::Tensor& x, const at::Tensor& branch,
                         const at::Tensor& row_scales, const at::Tensor& weight,
                         const at::Tensor& bias, double epsilon);

/// The layer norm alone.
at::Tensor fused_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                      double epsilon);

/// Exact (erf) GELU of x + bias, as the stream: x is a product that has not got its bias yet.
at::Tensor fused_bias_gelu(const at::Tensor& x, const at::Tensor& bias);

}  // namespace dinobench
