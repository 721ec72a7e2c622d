// PNG: raw samples only from libpng, the conversion to RGB is ours, so that it is Pillow's.
#include <cstring>

#include "data/decoders.hpp"
#include "data/png_input.hpp"

namespace dinobench::decoders {
namespace {

/// One row of samples to RGB. 16-bit colour keeps its high bytes; 16-bit grey is clipped, 16-bit
/// grey with alpha keeps its high byte: three different things, and all of them Pillow's.
void convert_row(const PngInput& input, const std::vector<uint8_t>& palette, const uint8_t* in,
                 uint8_t* out) {
  const int depth = input.depth(), bytes = depth == 16 ? 2 : 1, step = input.channels() * bytes;
  const int scale = depth < 8 ? 255 / ((1 << depth) - 1) : 1;
  const bool colour = input.colour(), indexed = input.indexed();
  const bool clipped = !colour && !indexed && !input.alpha() && depth == 16;
  for (int64_t x = 0; x < input.width(); ++x, in += step, out += 3) {
    if (indexed) {
      std::memcpy(out, &palette[3 * static_cast<size_t>(in[0])], 3);
    } else if (colour) {
      for (int channel = 0; channel < 3; ++channel) out[channel] = in[channel * bytes];
    } else if (clipped) {
      put_grey(out, clip_grey(in[0] * 256 + in[1]));
    } else {
      put_grey(out, static_cast<uint8_t>(in[0] * scale));
    }
  }
}

}  // namespace

Image png(Bytes bytes, const std::string& name) {
  PngInput input(bytes, name);
  Image image = make_image(input.width(), input.height(), name);
  const size_t stride = input.stride();
  std::vector<uint8_t> samples(stride * static_cast<size_t>(input.height()));
  input.read(samples.data());
  const std::vector<uint8_t> palette = input.palette();
  for (int64_t y = 0; y < input.height(); ++y) {
    convert_row(input, palette, samples.data() + stride * static_cast<size_t>(y), row_of(image, y));
  }
  return image;
}

}  // namespace dinobench::decoders
