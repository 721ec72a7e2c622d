// The few derived numbers of Pillow's arithmetic.
#include "data/pixel_math.hpp"

#include <cmath>

#include "core/error.hpp"

namespace dinobench {
namespace {

/// Radius of the extended box whose three-fold repetition has this sigma (Gwosdek et al. 2011), in
/// the mixture of float and double that Pillow computes it in.
float box_radius(float sigma) {
  const float sigma2 = sigma * sigma / 3;
  const float length = static_cast<float>(std::sqrt(12.0 * sigma2 + 1.0));
  const float whole = static_cast<float>(std::floor((length - 1.0) / 2.0));
  float part = (2 * whole + 1) * (whole * (whole + 1) - 3 * sigma2);
  part /= 6 * (sigma2 - (whole + 1) * (whole + 1));
  return whole + part;
}

NormalizeTable make_normalize_table() {
  NormalizeTable table;
  for (int channel = 0; channel < 3; ++channel) {
    for (int value = 0; value < 256; ++value) {
      const float scaled = static_cast<float>(value) / 255.0F;
      table.values[channel][value] = (scaled - channel_mean[channel]) / channel_deviation[channel];
    }
  }
  return table;
}

}  // namespace

int mean_luma(int64_t sum, const Image& image) {
  const double pixels = static_cast<double>(image.width * image.height);
  return static_cast<int>(static_cast<double>(sum) / pixels + 0.5);
}

BoxBlur box_blur(double sigma) {
  require(sigma >= 0 && sigma < 1e4, "blur: sigma is {}, not in [0, 10000)", sigma);
  const float radius = box_radius(static_cast<float>(sigma));
  BoxBlur box;
  box.radius = static_cast<int>(radius);
  box.weight = static_cast<uint32_t>(static_cast<float>(1U << 24) / (radius * 2 + 1));
  box.far_weight = ((1U << 24) - (2 * static_cast<uint32_t>(box.radius) + 1) * box.weight) / 2;
  return box;
}

uint8_t hue_steps(double shift) {
  require(shift >= -0.5 && shift <= 0.5, "hue: the shift is {} turns, not in [-0.5, 0.5]", shift);
  return static_cast<uint8_t>(static_cast<int>(shift * 255));
}

const NormalizeTable& normalize_table() {
  static const NormalizeTable table = make_normalize_table();
  return table;
}

}  // namespace dinobench
