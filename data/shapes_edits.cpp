// Edits that change colours and cover pixels.
#include "data/shapes_edits.hpp"

#include <algorithm>
#include <array>

namespace dinobench::shapes {
namespace {

uint8_t clipped(int64_t value) { return static_cast<uint8_t>(std::clamp<int64_t>(value, 0, 255)); }

/// Mean over 2 radius + 1 places along one axis, edges repeated.
Image box_pass(const Image& in, int64_t radius, bool across) {
  Image out = in;
  for (int64_t y = 0; y < in.height; ++y)
    for (int64_t x = 0; x < in.width; ++x)
      for (int64_t c = 0; c < 3; ++c) {
        int64_t sum = 0;
        for (int64_t d = -radius; d <= radius; ++d) {
          const int64_t column = std::clamp<int64_t>(across ? x + d : x, 0, in.width - 1),
                        row = std::clamp<int64_t>(across ? y : y + d, 0, in.height - 1);
          sum += in.pixels[static_cast<size_t>(3 * (row * in.width + column) + c)];
        }
        out.pixels[static_cast<size_t>(3 * (y * in.width + x) + c)] =
            clipped((sum + radius) / (2 * radius + 1));
      }
  return out;
}

void paint_disc(Image& image, Point centre, int64_t radius, const std::array<uint8_t, 3>& colour) {
  for (int64_t y = std::max<int64_t>(0, centre.y - radius);
       y <= std::min(image.height - 1, centre.y + radius); ++y)
    for (int64_t x = std::max<int64_t>(0, centre.x - radius);
         x <= std::min(image.width - 1, centre.x + radius); ++x)
      if (squared_length({x - centre.x, y - centre.y}) <= radius * radius)
        std::copy(colour.begin(), colour.end(), image.pixels.begin() + 3 * (y * image.width + x));
}

/// One bent stroke of a round brush.
void stroke(Image& image, Rng& rng) {
  constexpr int64_t steps = 64;
  const auto anywhere = [&] {
    Point p;
    p.x = rng.integer(0, image.width - 1);
    p.y = rng.integer(0, image.height - 1);
    return p;
  };
  const Point from = anywhere(), to = anywhere(), bend = anywhere();
  std::array<uint8_t, 3> colour{};
  for (uint8_t& value : colour) value = static_cast<uint8_t>(rng.integer(0, 255));
  const int64_t shorter = std::min(image.width, image.height);
  const int64_t radius = std::max<int64_t>(1, rng.integer(shorter / 40, shorter / 18));
  for (int64_t t = 0; t <= steps; ++t) {
    const int64_t a = (steps - t) * (steps - t), b = 2 * t * (steps - t), c = t * t;
    paint_disc(image,
               {(a * from.x + b * bend.x + c * to.x) / (steps * steps),
                (a * from.y + b * bend.y + c * to.y) / (steps * steps)},
               radius, colour);
  }
}

int64_t grey_of(const uint8_t* rgb) { return (299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2]) / 1000; }

}  // namespace

Image even_image(int64_t width, int64_t height, const std::array<uint8_t, 3>& colour) {
  Image out{width, height, {}};
  for (int64_t i = 0; i < width * height; ++i)
    out.pixels.insert(out.pixels.end(), colour.begin(), colour.end());
  return out;
}

Image blurred(const Image& image, int64_t radius) {
  Image out = image;
  for (const bool across : {true, false, true, false}) out = box_pass(out, radius, across);
  return out;
}

Image recoloured(const Image& image, Rng& rng) {
  std::array<int64_t, 3> gain{}, offset{};
  for (int64_t& each : gain) each = rng.integer(150, 350);
  for (int64_t& each : offset) each = rng.integer(-40, 40);
  const int64_t saturation = rng.integer(60, 400);
  Image out = image;
  for (size_t i = 0; i < out.pixels.size(); i += 3) {
    const int64_t grey = grey_of(image.pixels.data() + i);
    for (size_t c = 0; c < 3; ++c) {
      const int64_t vivid = grey + (image.pixels[i + c] - grey) * saturation / 256;
      out.pixels[i + c] = clipped(vivid * gain[c] / 256 + offset[c]);
    }
  }
  return out;
}

Image greyed(const Image& image) {
  Image out = image;
  for (size_t i = 0; i < out.pixels.size(); i += 3) {
    const uint8_t grey = clipped(70 + grey_of(image.pixels.data() + i) * 150 / 256);
    for (size_t c = 0; c < 3; ++c) out.pixels[i + c] = grey;
  }
  return out;
}

Image painted(const Image& image, Rng& rng) {
  Image out = image;
  for (int64_t n = rng.integer(4, 8); n > 0; --n) stroke(out, rng);
  return out;
}

}  // namespace dinobench::shapes
