// The evaluation's geometry: resize of the short side, centre crop, and both at once.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/error.hpp"
#include "data/decoders.hpp"
#include "data/pixel_math.hpp"
#include "data/resample.hpp"
#include "data/transforms.hpp"

namespace dinobench {
namespace {

/// A resize of the short side and the centre crop of it, axis by axis.
struct ResizeCenter {
  Axis x, y;
};

/// Width and height after resize_short_side().
std::pair<int64_t, int64_t> short_side_size(int64_t width, int64_t height, int64_t size) {
  require(size > 0, "resize: the short side is to be {} pixels", size);
  const int64_t shorter = std::min(width, height), longer = std::max(width, height);
  const double scaled = static_cast<double>(size * longer) / static_cast<double>(shorter);
  const auto other = static_cast<int64_t>(scaled);
  return width <= height ? std::pair{size, other} : std::pair{other, size};
}

/// Where a centre crop begins; negative: black padding, as torchvision does.
int64_t center_start(int64_t side, int64_t size) {
  return side < size ? -((size - side) / 2)
                     : round_half_even(static_cast<double>(side - size) / 2.0);
}

ResizeCenter plan_resize_center(int64_t width, int64_t height, int64_t size, int64_t crop) {
  const auto [to_x, to_y] = short_side_size(width, height, size);
  const auto axis = [crop](int64_t in, int64_t out) {
    return Axis{in, static_cast<float>(in), out, std::max<int64_t>(center_start(out, crop), 0),
                std::min(out, crop)};
  };
  return {axis(width, to_x), axis(height, to_y)};
}

uint8_t* pixel(Image& image, int64_t x, int64_t y) {
  return image.pixels.data() + 3 * (y * image.width + x);
}

}  // namespace

Image resize_short_side(const Image& image, int64_t size, Filter filter) {
  const auto [width, height] = short_side_size(image.width, image.height, size);
  return resize(image, width, height, filter);
}

Image center_crop(const Image& image, int64_t size) {
  require(size > 0, "centre crop: the side is to be {} pixels", size);
  const int64_t left = center_start(image.width, size), top = center_start(image.height, size);
  Image out = decoders::make_image(size, size, "centre crop");
  const int64_t x = std::max<int64_t>(left, 0), columns = std::min(size, image.width);
  for (int64_t row = 0; row < std::min(size, image.height); ++row) {
    const uint8_t* in =
        image.pixels.data() + 3 * ((std::max<int64_t>(top, 0) + row) * image.width + x);
    std::memcpy(pixel(out, std::max<int64_t>(-left, 0), std::max<int64_t>(-top, 0) + row), in,
                static_cast<size_t>(3 * columns));
  }
  return out;
}

Image resize_center(const Image& image, int64_t size, int64_t crop, Filter filter) {
  const auto [width, height] = short_side_size(image.width, image.height, size);
  check_size(width, height);
  const ResizeCenter plan = plan_resize_center(image.width, image.height, size, crop);
  Image part = resample(window(image), plan.x, plan.y, filter);
  return width >= crop && height >= crop ? part : center_crop(part, crop);
}

Box read_by_resize_center(int64_t width, int64_t height, int64_t size, int64_t crop,
                          Filter filter) {
  const ResizeCenter plan = plan_resize_center(width, height, size, crop);
  const Span x = inputs_of(plan.x, filter), y = inputs_of(plan.y, filter);
  return {x.first, y.first, x.count, y.count};
}

}  // namespace dinobench
