// Pillow's 8-bit image operations, byte for byte. Each fast path has a plain twin in
// transforms_plain.hpp.
#pragma once

#include <cstdint>
#include <string_view>

#include "data/image.hpp"

namespace dinobench {

enum class Filter { nearest, bilinear, bicubic, lanczos };
Filter filter_named(std::string_view name);  ///< input Error that lists the names

struct Box {
  int64_t left = 0, top = 0, width = 0, height = 0;
};

Image crop(const Image& image, Box box);  ///< input Error unless the box lies inside the image
/// Antialiased on reduction as Pillow's resize (two 8-bit passes, 22-bit coefficients).
Image resize(const Image& image, int64_t width, int64_t height, Filter filter);
/// As resize(crop(image, box)) without the copy: taps never reach outside the box.
Image crop_resize(const Image& image, Box box, int64_t width, int64_t height, Filter filter);
Image thumbnail(const Image& image,
                int64_t size);  ///< Pillow >= 7: box reduction, then Lanczos; never enlarges
void flip_horizontal(Image& image);
void adjust_brightness(Image& image, double factor);
void adjust_contrast(Image& image, double factor);
void adjust_saturation(Image& image, double factor);
void adjust_hue(Image& image, double shift);  ///< shift in [-0.5, 0.5] turns
void to_grayscale(Image& image);              ///< three equal channels
void gaussian_blur(Image& image, double sigma);
void solarize(Image& image, int threshold);

/// Short side to `size` (long side truncated), as torchvision's Resize(size); then the centred
/// square of `crop`.
Image resize_short_side(const Image& image, int64_t size, Filter filter);
Image center_crop(const Image& image, int64_t size);
/// Both, with no more made than the crop takes; any filter with weights.
Image resize_center(const Image& image, int64_t size, int64_t crop, Filter filter);
/// The box of an image of this size that resize_center() reads.
Box read_by_resize_center(int64_t width, int64_t height, int64_t size, int64_t crop, Filter filter);

/// (value / 255 - mean) / std with ImageNet's mean and std, float32, channel-major: out has 3 *
/// height * width elements.
void normalize(const Image& image, float* out);

}  // namespace dinobench
