// Video frames as the reference's video evaluation reads them (dino.md 11.1): OpenCV's resize and a
// deviation of its own.
#pragma once

#include <cstdint>

#include "data/image.hpp"

namespace dinobench {

/// cv2.resize of an 8-bit image, INTER_LINEAR, byte for byte: two taps an axis whatever the
/// reduction (no antialias), weights of 11 bits. Halving both sides averages 2 x 2, as there.
Image resize_opencv(const Image& image, int64_t width, int64_t height);

struct FrameSize {
  int64_t width = 0, height = 0;
};

/// The size that the network sees: the short side `short_side`, the long side in proportion, down
/// to a multiple of 64. A square frame loses width. Input Error if the long side comes to nothing.
FrameSize frame_size(int64_t width, int64_t height, int64_t short_side);

/// (value / 255 - mean) / deviation in float32, channel-major, with 0.228 for red: the reference's
/// slip in this evaluation, kept (dino.md 16). out has 3 * height * width elements.
void normalize_frame(const Image& image, float* out);

}  // namespace dinobench
