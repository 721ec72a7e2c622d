// Linear layers that keep little for their gradient: what feeds them is computed a second time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace dinobench {

struct LinearWeights {
  at::Tensor weight, bias;  // [out, in]; [out] or undefined
};
struct NormWeights {
  at::Tensor weight, bias;  // [in]
  double epsilon;
};

// In float32 and float64 on the CPU the products are those of products.hpp, and the gradient is
// found from the inputs named here alone: neither the norm's result nor GELU's is kept between the
// passes, about half of what a ViT's block holds otherwise. The second computation has the bits of
// the first. On other devices, under autocast and with --reference_math these are torch's own
// operations one after another.

/// Whether that is so for this input and weight, here and now.
bool is_lean(const at::Tensor& x, const at::Tensor& weight);

/// The layer norm of x over its last dimension by torch's own operation. Under autocast too it is
/// taken in the type of its weights.
at::Tensor plain_norm(const at::Tensor& x, const NormWeights& norm);

/// x [..., in] -> x W^T + b, [..., out].
at::Tensor lean_linear(const at::Tensor& x, const LinearWeights& linear);

/// The layer norm of x over its last dimension, then the linear layer.
at::Tensor lean_norm_linear(const at::Tensor& x, const NormWeights& norm,
                            const LinearWeights& linear);

/// GELU (by erf) of x, then the linear layer.
at::Tensor lean_gelu_linear(const at::Tensor& x, const LinearWeights& linear);

}  // namespace dinobench
