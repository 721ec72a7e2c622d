// Edits that move pixels.
#include <algorithm>
#include <array>
#include <utility>

#include "data/shapes_edits.hpp"
#include "data/transforms.hpp"

namespace dinobench::shapes {
namespace {

using Sum = std::array<int64_t, 3>;

const uint8_t* pixel(const Image& image, int64_t x, int64_t y) {
  return image.pixels.data() + 3 * (std::clamp<int64_t>(y, 0, image.height - 1) * image.width +
                                    std::clamp<int64_t>(x, 0, image.width - 1));
}

/// The four neighbours of a place, weighted, in 1/256 grey level; edges go on by half a pixel.
Sum between(const Image& image, Point at) {
  const int64_t left = floor_divide(at.x - kPixel / 2, kPixel),
                top = floor_divide(at.y - kPixel / 2, kPixel),
                right = floor_remainder(at.x - kPixel / 2, kPixel),
                down = floor_remainder(at.y - kPixel / 2, kPixel);
  Sum out{};
  for (size_t c = 0; c < 3; ++c) {
    const int64_t upper =
        pixel(image, left, top)[c] * (kPixel - right) + pixel(image, left + 1, top)[c] * right;
    const int64_t lower = pixel(image, left, top + 1)[c] * (kPixel - right) +
                          pixel(image, left + 1, top + 1)[c] * right;
    out[c] = (upper * (kPixel - down) + lower * down) / kPixel;
  }
  return out;
}

bool is_inside(const Image& image, Point p) {
  return p.x >= 0 && p.y >= 0 && p.x < image.width * kPixel && p.y < image.height * kPixel;
}

Point middle_of(const Image& image) {
  return {image.width * kPixel / 2, image.height * kPixel / 2};
}

/// A slanted view: depth grows by `steep` percent along `uphill` over the picture's width.
struct Slant {
  Point centre;
  int64_t angle = 0, percent = 100, steep = 0, uphill = 0;
  Point operator()(Point p, Point picture_middle, int64_t span) const {
    Point d = turned({p.x - centre.x, p.y - centre.y}, -angle);
    const int64_t along = (d.x * cosine(uphill) + d.y * sine(uphill)) >> kSineBits;
    const int64_t depth =
        std::max<int64_t>(kUnit / 4, kUnit + kUnit * steep * along / (100 * span));
    d = {d.x * 100 * kUnit / (percent * depth), d.y * 100 * kUnit / (percent * depth)};
    return {picture_middle.x + d.x, picture_middle.y + d.y};
  }
};

Image slanted(const Image& image, Image ground, const Slant& slant) {
  const Point middle = middle_of(image);
  return laid_over(image, std::move(ground),
                   [&](Point p) { return slant(p, middle, image.width * kPixel); });
}

}  // namespace

Image laid_over(const Image& picture, Image ground, const std::function<Point(Point)>& source) {
  uint8_t* out = ground.pixels.data();
  for (int64_t y = 0; y < ground.height; ++y)
    for (int64_t x = 0; x < ground.width; ++x, out += 3) {
      Sum sum{};
      for (int64_t part = 0; part < 4; ++part) {
        const Point p = source({x * kPixel + kPixel / 4 + part % 2 * kPixel / 2,
                                y * kPixel + kPixel / 4 + part / 2 * kPixel / 2});
        const bool shown = is_inside(picture, p);
        const Sum seen = shown ? between(picture, p) : Sum{out[0], out[1], out[2]};
        for (size_t c = 0; c < 3; ++c) sum[c] += shown ? seen[c] : 256 * seen[c];
      }
      for (size_t c = 0; c < 3; ++c) out[c] = static_cast<uint8_t>((sum[c] + 512) / 1024);
    }
  return ground;
}

Image cropped(const Image& image, int64_t removed_percent, Rng& rng) {
  const int64_t share = square_root((100 - removed_percent) * 10000);  // of a side, in 1/1000
  const int64_t width = std::max<int64_t>(1, image.width * share / 1000),
                height = std::max<int64_t>(1, image.height * share / 1000);
  const int64_t left = rng.integer(0, image.width - width),
                top = rng.integer(0, image.height - height);
  return crop(image, {left, top, width, height});
}

Image turned_picture(const Image& image, int64_t percent, Rng& rng) {
  const int64_t sign = rng.integer(0, 1) == 0 ? 1 : -1;
  const Slant slant{middle_of(image), sign * rng.integer(kTurn / 24, kTurn / 9), percent};
  return slanted(image, even_image(image.width, image.height, {0, 0, 0}), slant);
}

Image printed(const Image& image, Rng& rng) {
  const auto shade = static_cast<uint8_t>(rng.integer(70, 190));
  const auto warm = static_cast<uint8_t>(shade - rng.integer(0, 50));
  Image table = even_image(image.width, image.height, {shade, warm, warm});
  const Point middle = middle_of(image);
  Slant slant{middle, rng.integer(-kTurn / 20, kTurn / 20), rng.integer(66, 84),
              rng.integer(15, 45), rng.integer(0, kTurn - 1)};
  Image paper =
      even_image(image.width + image.width / 8, image.height + image.height / 8, {236, 234, 226});
  const Point shift{image.width / 16 * kPixel, image.height / 16 * kPixel};
  paper = laid_over(image, std::move(paper), [&](Point p) {
    return Point{p.x - shift.x, p.y - shift.y};
  });
  Image out = slanted(paper, std::move(table), slant);
  const int64_t light = rng.integer(170, 235), across = rng.integer(-90, 90);
  for (int64_t i = 0; i < out.width * out.height; ++i) {
    const int64_t gain = light + across * (2 * (i % out.width) - out.width) / out.width;
    for (int64_t c = 0; c < 3; ++c) {
      uint8_t& value = out.pixels[static_cast<size_t>(3 * i + c)];
      const int64_t lit = 24 + value * gain / 256 + rng.integer(-9, 9);
      value = static_cast<uint8_t>(std::clamp<int64_t>(lit, 0, 255));
    }
  }
  return out;
}

Image inserted(const Image& image, const Image& into, Rng& rng) {
  const int64_t percent = rng.integer(52, 72);
  const auto place = [&](int64_t side) {
    const int64_t free = side * kPixel * (100 - percent) / 100;
    return side * kPixel / 2 + rng.integer(-free / 2, free / 2);
  };
  Slant slant;
  slant.centre.x = place(into.width);
  slant.centre.y = place(into.height);
  slant.percent = percent * std::min(into.width, into.height) / std::max(image.width, image.height);
  return slanted(image, into, slant);
}

}  // namespace dinobench::shapes
