// The readers behind decode_image, one file a format, and what they share. Internal to data/.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include "core/error.hpp"
#include "data/image.hpp"

namespace dinobench::decoders {

using Bytes = std::span<const uint8_t>;

inline bool is_jpeg(Bytes b) {
  return b.size() > 2 && b[0] == 0xff && b[1] == 0xd8 && b[2] == 0xff;
}
Image jpeg(Bytes bytes, const std::string& name);
Image png(Bytes bytes, const std::string& name);
Image bmp(Bytes bytes, const std::string& name);
Image pnm(Bytes bytes, const std::string& name);
Image tiff(Bytes bytes, const std::string& name);
Image webp(Bytes bytes, const std::string& name);

/// Pillow refuses to open more pixels than this (twice its warning limit): a decompression bomb.
inline constexpr int64_t max_pixels = 178'956'970;

/// An image of this size with uninitialised-to-zero pixels; input Error if it is empty or too
/// large.
inline Image make_image(int64_t width, int64_t height, const std::string& name) {
  require(width > 0 && height > 0, "{}: the image is {} x {} pixels, it has no pixels", name, width,
          height);
  require(width <= max_pixels && height <= max_pixels && width * height <= max_pixels,
          "{}: the image is {} x {} pixels, more than the {} that are read", name, width, height,
          max_pixels);
  return {width, height, std::vector<uint8_t>(static_cast<size_t>(3 * width * height))};
}

inline uint8_t* row_of(Image& image, int64_t y) {
  return image.pixels.data() + 3 * image.width * y;
}

inline void put_grey(uint8_t* out, uint8_t value) { out[0] = out[1] = out[2] = value; }

/// What Pillow's convert("RGB") makes of a 16-bit grey value: it clips, it does not scale.
inline uint8_t clip_grey(int64_t value) {
  return static_cast<uint8_t>(std::clamp<int64_t>(value, 0, 255));
}

/// Rounded value * other / 255 in Pillow's integers.
inline int multiply_255(int value, int other) {
  const int product = value * other + 128;
  return ((product >> 8) + product) >> 8;
}

/// CMYK (0 is no ink) to RGB as Pillow does, without a colour profile.
inline void put_cmyk(uint8_t* out, const uint8_t* cmyk) {
  const int light = 255 - cmyk[3];
  for (int channel = 0; channel < 3; ++channel) {
    out[channel] = clip_grey(light - multiply_255(cmyk[channel], light));
  }
}

}  // namespace dinobench::decoders
