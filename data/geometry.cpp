// Crop and resize, and what a nearest resize copies.
#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "core/options.hpp"
#include "data/decoders.hpp"
#include "data/resample.hpp"
#include "data/transforms.hpp"

namespace dinobench {
namespace {

struct FilterName {
  const char* name;
  Filter filter;
};
constexpr FilterName filter_names[] = {{"nearest", Filter::nearest},
                                       {"bilinear", Filter::bilinear},
                                       {"bicubic", Filter::bicubic},
                                       {"lanczos", Filter::lanczos}};

void check_box(const Image& image, Box box) {
  const bool inside = box.left >= 0 && box.top >= 0 && box.width > 0 && box.height > 0 &&
                      box.width <= image.width && box.height <= image.height &&
                      box.left <= image.width - box.width && box.top <= image.height - box.height;
  require(inside, "crop: the box {},{} of {} x {} does not lie inside the image of {} x {}",
          box.left, box.top, box.width, box.height, image.width, image.height);
}

/// Source index of each output by Pillow's running sum of the step, rounding errors and all.
std::vector<int64_t> nearest_indices(int64_t in, int64_t out) {
  std::vector<int64_t> indices(static_cast<size_t>(out));
  const double step = static_cast<double>(in) / static_cast<double>(out);
  double at = step * 0.5;
  for (int64_t& index : indices) {
    index = std::min(static_cast<int64_t>(at), in - 1);
    at += step;
  }
  return indices;
}

Image resize_nearest(Pixels in, int64_t width, int64_t height) {
  Image out = decoders::make_image(width, height, "resize");
  const std::vector<int64_t> columns = nearest_indices(in.width, width);
  const std::vector<int64_t> rows = nearest_indices(in.height, height);
  uint8_t* target = out.pixels.data();
  for (const int64_t row : rows) {
    for (const int64_t column : columns) {
      std::memcpy(target, in.row(row) + 3 * column, 3);
      target += 3;
    }
  }
  return out;
}

}  // namespace

Filter filter_named(std::string_view name) {
  std::vector<std::string> known;
  for (const FilterName& entry : filter_names) {
    if (name == entry.name) return entry.filter;
    known.emplace_back(entry.name);
  }
  const std::string near = nearest_name(name, known);
  fail("unknown filter '{}'{}; known: {}", name,
       near.empty() ? "" : ", did you mean '" + near + "'?", fmt::join(known, ", "));
}

void check_size(int64_t width, int64_t height) {
  require(width > 0 && height > 0 && width <= decoders::max_pixels / height,
          "resize: a size of {} x {} cannot be made", width, height);
}

Image crop(const Image& image, Box box) {
  check_box(image, box);
  Image out{box.width, box.height, {}};
  out.pixels.reserve(static_cast<size_t>(3 * box.width * box.height));
  const Pixels in = window(image, box);
  for (int64_t y = 0; y < in.height; ++y) {
    out.pixels.insert(out.pixels.end(), in.row(y), in.row(y) + 3 * in.width);
  }
  return out;
}

Image crop_resize(const Image& image, Box box, int64_t width, int64_t height, Filter filter) {
  check_box(image, box);
  check_size(width, height);
  const Pixels in = window(image, box);
  if (width == box.width && height == box.height) return crop(image, box);
  if (filter == Filter::nearest) return resize_nearest(in, width, height);
  return resample(in, {box.width, static_cast<float>(box.width), width, 0, width},
                  {box.height, static_cast<float>(box.height), height, 0, height}, filter);
}

Image resize(const Image& image, int64_t width, int64_t height, Filter filter) {
  return crop_resize(image, {0, 0, image.width, image.height}, width, height, filter);
}

}  // namespace dinobench
