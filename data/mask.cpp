// Index images as PNG: indices and grey values as stored, never their colours.
#include "data/mask.hpp"

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/decoders.hpp"
#include "data/png_input.hpp"
#include "data/transforms.hpp"

namespace dinobench {
namespace {

std::string kind_of(const PngInput& input) {
  return fmt::format("{}-bit {}{}", input.depth(), input.colour() ? "RGB" : "grey",
                     input.alpha() ? " with alpha" : "");
}

}  // namespace

Mask read_mask(const std::filesystem::path& path) {
  const std::string bytes = read_file(path), name = path.string();
  require(bytes.starts_with("\x89PNG\r\n\x1a\n"), "{}: not a PNG; masks are palette or grey PNGs",
          name);
  PngInput input({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, name);
  const bool grey = !input.indexed() && !input.colour() && !input.alpha();
  require(input.indexed() || (grey && input.depth() == 8),
          "{}: this PNG is {}; a mask is a palette PNG or an 8-bit grey one", name, kind_of(input));
  require(input.width() * input.height() <= decoders::max_pixels,
          "{}: the mask is {} x {} pixels, more than the {} that are read", name, input.width(),
          input.height(), decoders::max_pixels);
  Mask mask{input.width(), input.height(), {}, input.indexed()};
  mask.values.resize(static_cast<size_t>(mask.width * mask.height));
  input.read(mask.values.data());
  return mask;
}

Mask resize_nearest(const Mask& mask, int64_t width, int64_t height) {
  require(mask.width > 0 && mask.height > 0 &&
              mask.values.size() == static_cast<size_t>(mask.width * mask.height),
          "resize: a mask of {} x {} pixels with {} values", mask.width, mask.height,
          mask.values.size());
  Image image{mask.width, mask.height, {}};  // three equal channels: one rule for masks and images
  image.pixels.reserve(3 * mask.values.size());
  for (const uint8_t value : mask.values) image.pixels.insert(image.pixels.end(), 3, value);
  const Image resized = resize(image, width, height, Filter::nearest);
  Mask out{width, height, {}, mask.has_palette};
  out.values.reserve(static_cast<size_t>(width * height));
  for (size_t i = 0; i < resized.pixels.size(); i += 3) out.values.push_back(resized.pixels[i]);
  return out;
}

}  // namespace dinobench
