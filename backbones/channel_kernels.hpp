// What batch normalisation does to the channels of images, in one reading of them each.
#pragma once

#include <cstdint>

namespace dinobench::channel_kernels {

/// Of contiguous float32 [images, channels, pixels]; every array [C] below has `channels` elements.
/// All forms give the same bits: eight sums side by side in each plane, float64 between planes.
struct Shape {
  int64_t images, channels, pixels;
};

/// Mean and biased variance of each channel [C]; a plane's deviations are from its own mean, so
/// that a mean far from zero costs no digits.
void statistics(const Shape& shape, const float* x, double* mean, double* variance);

/// y = (x - mean) * scale + bias, the last three [C]. `y` may be `x`.
void normalise(const Shape& shape, const float* x, const float* mean, const float* scale,
               const float* bias, float* y);

/// Of each channel the sum of dy and that of dy * (x - mean): sums [2, C].
void gradient_sums(const Shape& shape, const float* x, const float* dy, const float* mean,
                   double* sums);

/// dx = (dy - level - (x - mean) * slope) * scale, the last four [C]. `dx` may be `dy`.
void gradient(const Shape& shape, const float* x, const float* dy, const float* mean,
              const float* level, const float* slope, const float* scale, float* dx);

}  // namespace dinobench::channel_kernels
