// The views: random ones with the reference's distributions, and the evaluation's centre crop.
#include "data/views.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "data/pixel_math.hpp"

namespace dinobench {
namespace {

void apply_jitter(Image& image, const ColourJitter& jitter) {
  for (const int operation : jitter.order) {
    if (operation == 0) adjust_brightness(image, jitter.brightness);
    if (operation == 1) adjust_contrast(image, jitter.contrast);
    if (operation == 2) adjust_saturation(image, jitter.saturation);
    if (operation == 3) adjust_hue(image, jitter.hue);
  }
}

Image make_random_view(const RandomViewConfig& config, const Image& image, Rng& rng) {
  const DrawnView drawn = draw_random_view(config, image.width, image.height, rng);
  Image view = crop_resize(image, drawn.box, config.size, config.size, config.filter);
  if (drawn.flip) flip_horizontal(view);
  if (drawn.jittered) apply_jitter(view, drawn.jitter);
  if (drawn.grayscale) to_grayscale(view);
  if (drawn.blurred) gaussian_blur(view, drawn.blur_sigma);
  if (drawn.solarize) solarize(view, kSolarizeThreshold);
  return view;
}

void check_config(const RandomViewConfig& c) {
  require(c.size > 0, "a view of {} pixels a side", c.size);
  require(c.scale[0] > 0 && c.scale[0] <= c.scale[1] && c.scale[1] <= 1,
          "crop scale {} {}: two shares of the area, 0 < low <= high <= 1, were expected",
          c.scale[0], c.scale[1]);
  require(c.ratio[0] > 0 && c.ratio[0] <= c.ratio[1],
          "crop ratio {} {}: 0 < low <= high was expected", c.ratio[0], c.ratio[1]);
  require(c.hue >= 0 && c.hue <= 0.5, "hue jitter {} is not in [0, 0.5]", c.hue);
}

}  // namespace

DrawnView draw_random_view(const RandomViewConfig& config, int64_t width, int64_t height,
                           Rng& rng) {
  DrawnView drawn;
  drawn.box = random_resized_box(width, height, config.scale, config.ratio, rng);
  // The reference's comparisons differ from step to step; only a draw of exactly p tells them
  // apart.
  drawn.flip = rng.uniform() < config.flip;
  drawn.jittered = !(config.jitter < rng.uniform());
  if (drawn.jittered) drawn.jitter = draw_jitter(config, rng);
  drawn.grayscale = rng.uniform() < config.grayscale;
  drawn.blurred = rng.uniform() <= config.blur;
  if (drawn.blurred) drawn.blur_sigma = rng.uniform(config.blur_sigma_min, config.blur_sigma_max);
  drawn.solarize = rng.uniform() < config.solarize;
  return drawn;
}

ColourJitter draw_jitter(const RandomViewConfig& config, Rng& rng) {
  ColourJitter jitter;
  for (size_t i = jitter.order.size() - 1; i > 0; --i) {
    const auto other = static_cast<size_t>(rng.integer(0, static_cast<int64_t>(i)));
    std::swap(jitter.order[i], jitter.order[other]);
  }
  const auto around_one = [&](double strength) {
    return rng.uniform(std::max(0.0, 1 - strength), 1 + strength);
  };
  jitter.brightness = around_one(config.brightness);
  jitter.contrast = around_one(config.contrast);
  jitter.saturation = around_one(config.saturation);
  jitter.hue = rng.uniform(-config.hue, config.hue);
  return jitter;
}

Box random_resized_box(int64_t width, int64_t height, std::array<double, 2> scale,
                       std::array<double, 2> ratio, Rng& rng) {
  const double area = static_cast<double>(width * height);
  const double log_low = std::log(ratio[0]), log_high = std::log(ratio[1]);
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double target = area * rng.uniform(scale[0], scale[1]);
    const double aspect = std::exp(rng.uniform(log_low, log_high));
    const int64_t w = round_half_even(std::sqrt(target * aspect));
    const int64_t h = round_half_even(std::sqrt(target / aspect));
    if (w > 0 && w <= width && h > 0 && h <= height) {
      const int64_t top = rng.integer(0, height - h);
      return {rng.integer(0, width - w), top, w, h};
    }
  }
  const double aspect = static_cast<double>(width) / static_cast<double>(height);
  int64_t w = width, h = height;  // the central part whose ratio is allowed
  if (aspect < ratio[0]) h = round_half_even(static_cast<double>(width) / ratio[0]);
  if (aspect > ratio[1]) w = round_half_even(static_cast<double>(height) * ratio[1]);
  w = std::clamp<int64_t>(w, 1, width), h = std::clamp<int64_t>(h, 1, height);
  return {(width - w) / 2, (height - h) / 2, w, h};
}

View random_view(const RandomViewConfig& config) {
  check_config(config);
  return {config.size,
          config.size,
          [config](const Image& image, Rng& rng) { return make_random_view(config, image, rng); },
          [config](int64_t width, int64_t height, Rng rng) {
            return random_resized_box(width, height, config.scale, config.ratio, rng);
          },
          [config](int64_t width, int64_t height, Rng& rng) {
            return draw_random_view(config, width, height, rng);
          },
          config.filter};
}

Box reads_of(const std::vector<View>& views, int64_t width, int64_t height,
             const std::function<Rng(size_t view)>& rng) {
  int64_t left = width, top = height, right = 0, bottom = 0;
  for (size_t v = 0; v < views.size(); ++v) {
    if (!views[v].reads) return {0, 0, width, height};
    const Box box = views[v].reads(width, height, rng(v));
    left = std::min(left, box.left), right = std::max(right, box.left + box.width);
    top = std::min(top, box.top), bottom = std::max(bottom, box.top + box.height);
  }
  return views.empty() ? Box{0, 0, width, height} : Box{left, top, right - left, bottom - top};
}

View center_view(int64_t resize_size, int64_t crop_size) {
  require(crop_size > 0, "a view of {} pixels a side", crop_size);
  require(resize_size >= 0, "resize of the short side to {} pixels", resize_size);
  if (resize_size > 0) {
    return {crop_size, crop_size,
            [=](const Image& image, Rng&) {
              return resize_center(image, resize_size, crop_size, Filter::bicubic);
            },
            [=](int64_t width, int64_t height, const Rng&) {
              return read_by_resize_center(width, height, resize_size, crop_size, Filter::bicubic);
            }};
  }
  return {crop_size, crop_size, [=](const Image& image, Rng&) {
            require(image.width == crop_size && image.height == crop_size,
                    "without resizing the image must be {0} x {0}; it is {1} x {2}", crop_size,
                    image.width, image.height);
            return image;
          }};
}

}  // namespace dinobench
