// From TIFF samples to RGB, without libtiff. Internal to decode_tiff.cpp.
#pragma once

#include <cstdint>
#include <string>

#include "data/image.hpp"

namespace dinobench::decoders {

/// Values of the photometric tag.
enum TiffColour : uint16_t {
  tiff_white_is_zero = 0,
  tiff_black_is_zero = 1,
  tiff_rgb = 2,
  tiff_palette = 3,
  tiff_cmyk = 5,
  tiff_ycbcr = 6
};

/// The tags that decide how samples become colours; defaults are the format's.
struct TiffLayout {
  uint32_t width = 0, height = 0;
  uint16_t bits = 1, samples = 1, colour = 0, planar = 1, format = 1, compression = 1;
  uint16_t orientation = 1, extra_count = 0, extra_kind = 0;
  const uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;  // the palette, 16 bits each
};

/// Input Error for what is not read.
void check_tiff_layout(const TiffLayout& layout, const std::string& name);

/// One pixel's samples (each as 16 bits, not scaled) to RGB.
void put_tiff_pixel(const TiffLayout& layout, const uint16_t* samples, uint8_t* rgb);

/// Orientations 1 to 8 of the tag.
Image turn_image(const Image& image, int orientation, const std::string& name);

}  // namespace dinobench::decoders
