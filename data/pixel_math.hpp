// Scalar rules of Pillow's 8-bit arithmetic, shared by the plain and the fast transforms. Internal
// to data/.
#pragma once

#include <cmath>
#include <cstdint>

#include "data/image.hpp"

namespace dinobench {

/// Python's round(): ties go to the even number.
inline int64_t round_half_even(double value) { return static_cast<int64_t>(std::nearbyint(value)); }

/// Luma (ITU-R 601-2) in 16-bit fixed point.
inline int luma(const uint8_t* rgb) {
  return (19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 32768) >> 16;
}

/// from + factor * (to - from) in float32, clamped and truncated: Pillow's blend of two images.
inline uint8_t blend(int from, int to, float factor) {
  const float mixed = static_cast<float>(from) + factor * static_cast<float>(to - from);
  return mixed <= 0 ? 0 : mixed >= 255 ? 255 : static_cast<uint8_t>(mixed);
}

/// Rounded mean of the luma: the grey that contrast blends with.
int mean_luma(int64_t sum, const Image& image);

/// The three parameters of one box pass, from the sigma of the Gaussian (three passes an axis).
struct BoxBlur {
  int radius = 0;                       // R, whole pixels on each side
  uint32_t weight = 0, far_weight = 0;  // of the 2R+1 inner pixels and of the two at +-(R+1), 2^-24
};
BoxBlur box_blur(double sigma);

/// Hue shift in turns as Pillow's 8-bit steps, modulo 256; input Error outside [-0.5, 0.5].
uint8_t hue_steps(double shift);

/// ImageNet's mean and standard deviation of R, G and B.
inline constexpr float channel_mean[3] = {0.485F, 0.456F, 0.406F};
inline constexpr float channel_deviation[3] = {0.229F, 0.224F, 0.225F};

/// ((value / 255) - mean) / deviation of each channel, in the float32 steps of ToTensor and
/// Normalize.
struct NormalizeTable {
  float values[3][256];
};
const NormalizeTable& normalize_table();

}  // namespace dinobench
