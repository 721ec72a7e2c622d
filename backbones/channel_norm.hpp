// The four passes of a batch normalisation over x [N, C] or [N, C, H, W], float32 or float64.
#pragma once

#include <ATen/core/Tensor.h>

namespace dinobench {

// Arguments and results [C] are float64 in host memory, wherever `x` lies. Images in contiguous
// float32 on the CPU go through channel_kernels.hpp, all else and --reference_math through torch's
// operations.

/// Values [C] as they are taken here.
at::Tensor host_doubles(const at::Tensor& values);

/// Mean and biased variance of each channel, [C] both.
struct ChannelMoments {
  at::Tensor mean, variance;
};
ChannelMoments channel_moments(const at::Tensor& x);

/// (x - mean) * scale + bias.
at::Tensor channel_normalise(const at::Tensor& x, const at::Tensor& mean, const at::Tensor& scale,
                             const at::Tensor& bias);

/// [2, C]: of each channel the sum of dy, of x's shape and type, and that of dy * (x - mean).
at::Tensor channel_gradient_sums(const at::Tensor& x, const at::Tensor& dy, const at::Tensor& mean);

/// What a channel's values are given back by: (dy - level - (x - mean) * slope) * scale.
struct ChannelSlopes {
  at::Tensor level, slope, scale;
};
at::Tensor channel_gradient(const at::Tensor& x, const at::Tensor& dy, const at::Tensor& mean,
                            const ChannelSlopes& slopes);

}  // namespace dinobench
