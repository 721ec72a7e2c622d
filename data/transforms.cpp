// Every transform by the fastest means of this machine; without AVX2 that is the plain one.
#include "data/transforms.hpp"

#include "data/fast.hpp"
#include "data/transforms_plain.hpp"

namespace dinobench {

void flip_horizontal(Image& image) {
  fast::available() ? fast::flip_horizontal(image) : plain::flip_horizontal(image);
}

void adjust_brightness(Image& image, double factor) {
  if (!fast::available()) return plain::adjust_brightness(image, factor);
  fast::blend_grey(image, 0, static_cast<float>(factor));
}

void adjust_contrast(Image& image, double factor) {
  if (!fast::available()) return plain::adjust_contrast(image, factor);
  fast::blend_grey(image, mean_luma(fast::luma_sum(image), image), static_cast<float>(factor));
}

void adjust_saturation(Image& image, double factor) {
  if (!fast::available()) return plain::adjust_saturation(image, factor);
  fast::adjust_saturation(image, static_cast<float>(factor));
}

void adjust_hue(Image& image, double shift) {
  if (!fast::available()) return plain::adjust_hue(image, shift);
  fast::adjust_hue(image, hue_steps(shift));
}

void to_grayscale(Image& image) {
  fast::available() ? fast::to_grayscale(image) : plain::to_grayscale(image);
}

void gaussian_blur(Image& image, double sigma) {
  if (sigma == 0) return;
  const BoxBlur box = box_blur(sigma);
  if (!fast::available() || box.radius > fast::max_blur_radius) {
    return plain::gaussian_blur(image, sigma);
  }
  fast::box_blur_six(image, box);
}

void solarize(Image& image, int threshold) {
  fast::available() ? fast::solarize(image, threshold) : plain::solarize(image, threshold);
}

void normalize(const Image& image, float* out) {
  fast::available() ? fast::normalize(image, out) : plain::normalize(image, out);
}

}  // namespace dinobench
