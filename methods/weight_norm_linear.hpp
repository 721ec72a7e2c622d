// The head's last layer: a linear layer whose rows are directions times lengths.
#pragma once

#include <ATen/core/Tensor.h>

namespace dinobench {

/// x [B, in], v [out, in], g [out, 1] -> x W^T [B, out] with W's rows g v / |v| (Salimans & Kingma
/// 2016). In float32 and float64 on the CPU W is never made: columns of x v^T are scaled instead,
/// and v's gradient is found in one tensor of its size. Elsewhere, under autocast and with
/// --reference_math it is torch's _weight_norm and linear.
at::Tensor weight_norm_linear(const at::Tensor& x, const at::Tensor& v, const at::Tensor& g);

}  // namespace dinobench
