// Every transform by the fastest means of this machine.
#include "data/transforms.hpp"

#include "data/transforms_plain.hpp"

namespace dinobench {

Image resample(Pixels in, float extent_x, float extent_y, int64_t width, int64_t height,
               Filter filter) {
  return plain::resample(in, extent_x, extent_y, width, height, filter);
}
void flip_horizontal(Image& image) { plain::flip_horizontal(image); }
void adjust_brightness(Image& image, double factor) { plain::adjust_brightness(image, factor); }
void adjust_contrast(Image& image, double factor) { plain::adjust_contrast(image, factor); }
void adjust_saturation(Image& image, double factor) { plain::adjust_saturation(image, factor); }
void adjust_hue(Image& image, double shift) { plain::adjust_hue(image, shift); }
void to_grayscale(Image& image) { plain::to_grayscale(image); }
void gaussian_blur(Image& image, double sigma) { plain::gaussian_blur(image, sigma); }
void solarize(Image& image, int threshold) { plain::solarize(image, threshold); }
void normalize(const Image& image, float* out) { plain::normalize(image, out); }

}  // namespace dinobench
