// The readable definition of every transform that has a fast path. The fast ones must agree to the
// byte; Pillow's arithmetic is documented here, where it can be followed.
#pragma once

#include "data/resample.hpp"
#include "data/transforms.hpp"

namespace dinobench::plain {

/// All of the result is made, then cut.
Image resample(Pixels in, const Axis& x, const Axis& y, Filter filter);
void flip_horizontal(Image& image);
void adjust_brightness(Image& image, double factor);
void adjust_contrast(Image& image, double factor);
void adjust_saturation(Image& image, double factor);
void adjust_hue(Image& image, double shift);
void to_grayscale(Image& image);
void gaussian_blur(Image& image, double sigma);
void solarize(Image& image, int threshold);
void normalize(const Image& image, float* out);

/// 8-bit hue, saturation and value of one pixel.
void to_hsv(const uint8_t* rgb, uint8_t* hsv);
void to_rgb(const uint8_t* hsv, uint8_t* rgb);

}  // namespace dinobench::plain
