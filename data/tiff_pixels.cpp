// Colour spaces, bit depths and orientations of TIFF, as Pillow converts them.
#include "data/tiff_pixels.hpp"

#include <cstring>

#include "data/decoders.hpp"

namespace dinobench::decoders {
namespace {

constexpr uint16_t format_unsigned = 1, format_signed = 2, extra_multiplied_alpha = 1;

int colours_of(const TiffLayout& l) {
  return l.colour == tiff_rgb ? 3 : l.colour == tiff_cmyk ? 4 : 1;
}

uint8_t grey(const TiffLayout& l, uint16_t value) {
  if (l.bits == 16) {  // Pillow clips these, and does not turn them round
    return clip_grey(l.format == format_signed ? static_cast<int16_t>(value) : value);
  }
  const int full = (1 << l.bits) - 1;
  const bool inverted = l.colour == tiff_white_is_zero;
  return static_cast<uint8_t>((inverted ? full - value : value) * (255 / full));
}

/// Alpha that was multiplied in is divided out; any other is dropped.
void put_rgb(const TiffLayout& l, const uint16_t* in, uint8_t* out) {
  const int shift = l.bits - 8;
  const bool multiplied =
      l.extra_count > 0 && l.extra_kind == extra_multiplied_alpha && l.samples > 3;
  const int alpha = multiplied ? in[3] >> shift : 255;
  for (int channel = 0; channel < 3; ++channel) {
    const int value = in[channel] >> shift;
    out[channel] = alpha == 255 ? static_cast<uint8_t>(value)
                   : alpha == 0 ? 0
                                : clip_grey(255 * value / alpha);
  }
}

}  // namespace

void check_tiff_layout(const TiffLayout& l, const std::string& name) {
  require(l.colour <= tiff_palette || l.colour == tiff_cmyk,
          "{}: TIFF colour space {}; grey, RGB, palette, CMYK and YCbCr are read", name, l.colour);
  const bool bits = l.bits == 8 || (l.bits == 16 && l.colour != tiff_palette) ||
                    (l.samples == 1 && (l.bits == 1 || l.bits == 2 || l.bits == 4));
  const bool whole = l.format == format_unsigned || (l.format == format_signed && l.samples == 1);
  require(bits && whole, "{}: TIFF with {} samples of {} bits (format {}), which is not read", name,
          l.samples, l.bits, l.format);
  require(l.samples >= colours_of(l) && l.samples <= 6, "{}: TIFF with {} samples a pixel", name,
          l.samples);
}

void put_tiff_pixel(const TiffLayout& l, const uint16_t* in, uint8_t* out) {
  if (l.colour == tiff_palette) {
    out[0] = static_cast<uint8_t>(l.red[in[0]] >> 8);
    out[1] = static_cast<uint8_t>(l.green[in[0]] >> 8);
    out[2] = static_cast<uint8_t>(l.blue[in[0]] >> 8);
  } else if (l.colour == tiff_rgb) {
    put_rgb(l, in, out);
  } else if (l.colour == tiff_cmyk) {
    uint8_t cmyk[4];
    for (int ink = 0; ink < 4; ++ink) cmyk[ink] = static_cast<uint8_t>(in[ink] >> (l.bits - 8));
    put_cmyk(out, cmyk);
  } else {
    put_grey(out, grey(l, in[0]));
  }
}

Image turn_image(const Image& in, int orientation, const std::string& name) {
  if (orientation < 2 || orientation > 8) return in;
  const bool swap = orientation >= 5;  // then rows become columns
  const bool mirror_x = orientation == 2 || orientation == 3 || orientation >= 7;
  const bool mirror_y =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image out = make_image(swap ? in.height : in.width, swap ? in.width : in.height, name);
  uint8_t* target = out.pixels.data();
  for (int64_t y = 0; y < out.height; ++y) {
    for (int64_t x = 0; x < out.width; ++x, target += 3) {
      const int64_t column = swap ? y : x, row = swap ? x : y;
      const int64_t from_x = mirror_x ? in.width - 1 - column : column;
      const int64_t from_y = mirror_y ? in.height - 1 - row : row;
      std::memcpy(target, in.pixels.data() + 3 * (from_y * in.width + from_x), 3);
    }
  }
  return out;
}

}  // namespace dinobench::decoders
