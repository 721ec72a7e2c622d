// Pillow's thumbnail: a size that keeps the aspect, a box reduction, then Lanczos.
#include <cmath>

#include "core/error.hpp"
#include "data/resample.hpp"
#include "data/transforms.hpp"

namespace dinobench {
namespace {

/// Of the whole numbers around `value` the one with the smaller miss (the lower one on a tie), at
/// least 1.
template <class Miss>
int64_t round_by(double value, Miss miss) {
  const auto low = static_cast<int64_t>(std::floor(value));
  const auto high = static_cast<int64_t>(std::ceil(value));
  return std::max<int64_t>(miss(high) < miss(low) ? high : low, 1);
}

struct Size {
  int64_t width, height;
};

Size thumbnail_size(const Image& image, int64_t size) {
  const double side = static_cast<double>(size);
  const double aspect = static_cast<double>(image.width) / static_cast<double>(image.height);
  if (1.0 >= aspect) {
    const auto miss = [&](int64_t n) { return std::abs(aspect - static_cast<double>(n) / side); };
    return {round_by(side * aspect, miss), size};
  }
  const auto miss = [&](int64_t n) {
    return n == 0 ? 0.0 : std::abs(aspect - side / static_cast<double>(n));
  };
  return {size, round_by(side / aspect, miss)};
}

/// Mean of a block in Pillow's integers: a rounded sum times a 24-bit reciprocal.
uint8_t block_mean(const Image& in, int64_t x0, int64_t x1, int64_t y0, int64_t y1, int channel) {
  const auto count = static_cast<uint32_t>((x1 - x0) * (y1 - y0));
  const auto reciprocal = static_cast<uint32_t>(4294967296.0F / static_cast<float>(count << 8));
  uint32_t sum = count / 2;
  for (int64_t y = y0; y < y1; ++y) {
    for (int64_t x = x0; x < x1; ++x) {
      sum += in.pixels[static_cast<size_t>(3 * (y * in.width + x) + channel)];
    }
  }
  return static_cast<uint8_t>((sum * reciprocal) >> 24);
}

/// Averages blocks of factor_x x factor_y pixels; blocks at the far edges over what exists.
Image reduce(const Image& in, int64_t factor_x, int64_t factor_y) {
  Image out{(in.width + factor_x - 1) / factor_x, (in.height + factor_y - 1) / factor_y, {}};
  out.pixels.reserve(static_cast<size_t>(3 * out.width * out.height));
  for (int64_t y = 0; y < in.height; y += factor_y) {
    for (int64_t x = 0; x < in.width; x += factor_x) {
      for (int channel = 0; channel < 3; ++channel) {
        out.pixels.push_back(block_mean(in, x, std::min(x + factor_x, in.width), y,
                                        std::min(y + factor_y, in.height), channel));
      }
    }
  }
  return out;
}

/// How often the axis can be halved and more before the final factor falls under two.
int64_t reduction(int64_t from, int64_t to) {
  const double factor = static_cast<double>(from) / static_cast<double>(to) / 2.0;
  return std::max<int64_t>(static_cast<int64_t>(factor), 1);
}

}  // namespace

Image thumbnail(const Image& image, int64_t size) {
  require(size > 0, "thumbnail: the side is to be {} pixels", size);
  if (size >= image.width && size >= image.height) return image;
  const Size target = thumbnail_size(image, size);
  if (target.width == image.width && target.height == image.height) return image;
  const int64_t factor_x = reduction(image.width, target.width);
  const int64_t factor_y = reduction(image.height, target.height);
  if (factor_x == 1 && factor_y == 1) {
    return resize(image, target.width, target.height, Filter::lanczos);
  }
  const Image reduced = reduce(image, factor_x, factor_y);
  const auto extent = [](int64_t side, int64_t factor) {
    return static_cast<float>(static_cast<double>(side) / static_cast<double>(factor));
  };
  return resample(window(reduced),
                  {reduced.width, extent(image.width, factor_x), target.width, 0, target.width},
                  {reduced.height, extent(image.height, factor_y), target.height, 0, target.height},
                  Filter::lanczos);
}

}  // namespace dinobench
