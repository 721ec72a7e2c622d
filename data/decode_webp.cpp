// WebP stills through libwebp; alpha is dropped.
#include <webp/decode.h>

#include "data/decoders.hpp"

namespace dinobench::decoders {

Image webp(Bytes bytes, const std::string& name) {
  WebPBitstreamFeatures features;
  require(WebPGetFeatures(bytes.data(), bytes.size(), &features) == VP8_STATUS_OK,
          "{}: damaged or truncated WebP header", name);
  require(features.has_animation == 0, "{}: an animated WebP; only stills are read", name);
  Image image = make_image(features.width, features.height, name);
  const uint8_t* made = WebPDecodeRGBInto(bytes.data(), bytes.size(), image.pixels.data(),
                                          image.pixels.size(), 3 * features.width);
  require(made != nullptr, "{}: damaged or truncated WebP", name);
  return image;
}

}  // namespace dinobench::decoders
