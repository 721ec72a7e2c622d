// Views: how an image becomes one network input. A method lists the views it trains on; an
// evaluation uses one.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/options.hpp"
#include "core/random.hpp"
#include "data/transforms.hpp"

namespace dinobench {

/// Parameters of a random view; defaults are those of DINO's first global crop. Probabilities in
/// [0, 1].
struct RandomViewConfig {
  int64_t size = 224;
  std::array<double, 2> scale{0.4, 1.0};          // share of the image's area
  std::array<double, 2> ratio{3.0 / 4, 4.0 / 3};  // width / height, log-uniform
  Filter filter = Filter::bicubic;
  double flip = 0.5;
  double jitter = 0.8, brightness = 0.4, contrast = 0.4, saturation = 0.2, hue = 0.1;
  double grayscale = 0.2;
  double blur = 1.0, blur_sigma_min = 0.1, blur_sigma_max = 2.0;
  double solarize = 0.0;
};

/// One colour jitter: 0 brightness, 1 contrast, 2 saturation, 3 hue, in a uniformly random order
/// that is drawn first, then the four amounts, as in torchvision >= 0.9.
struct ColourJitter {
  std::array<int, 4> order{0, 1, 2, 3};
  double brightness = 1, contrast = 1, saturation = 1, hue = 0;
};
ColourJitter draw_jitter(const RandomViewConfig& config, Rng& rng);

/// All that chance decides of one random view, in the order it is done: the box is resized to size
/// x size, then each step that was drawn.
struct DrawnView {
  Box box;
  bool flip = false, jittered = false, grayscale = false, blurred = false, solarize = false;
  ColourJitter jitter;
  double blur_sigma = 0;
};
inline constexpr int kSolarizeThreshold = 128;

/// A view of height x width pixels; make() draws all it needs from the generator it is handed. Both
/// 0: of whatever size make() gives, which needs batches of one image.
struct View {
  int64_t height = 0, width = 0;
  std::function<Image(const Image&, Rng&)> make;
  /// The box of an image of this size that make() will read when handed the same generator; where
  /// there is no such function, all of it.
  std::function<Box(int64_t width, int64_t height, Rng)> reads = nullptr;
  /// Of a random view, which is square: what make() would draw, for who makes it elsewhere; its
  /// resampling is by `filter`.
  std::function<DrawnView(int64_t width, int64_t height, Rng&)> draw = nullptr;
  Filter filter = Filter::bicubic;
};

/// What random_view(config) draws for an image of this size: the same numbers from the generator.
DrawnView draw_random_view(const RandomViewConfig& config, int64_t width, int64_t height, Rng& rng);

/// Random resized crop, flip, jitter, grayscale, blur, solarise, in this order, with the
/// reference's distributions.
View random_view(const RandomViewConfig& config);

/// The least box that holds what these views read; `rng(v)` is the generator of view v.
Box reads_of(const std::vector<View>& views, int64_t width, int64_t height,
             const std::function<Rng(size_t view)>& rng);

/// Resize of the short side, bicubic, then centre crop: the evaluation transform. resize_size 0: no
/// resizing, no crop (the image must then be crop_size square).
View center_view(int64_t resize_size, int64_t crop_size);

/// The reference's multi-crop (its option names): two global views and local_crops_number local
/// ones.
struct MultiCropConfig {
  int64_t global_crops_size = 224, local_crops_size = 96, local_crops_number = 8;
  std::array<double, 2> global_crops_scale{0.4, 1.0}, local_crops_scale{0.05, 0.4};
};
void read_options(Options& options, MultiCropConfig& config);
std::vector<View> multi_crop(const MultiCropConfig& config);  ///< global 1, global 2, local 1..L
/// The same as configurations, for who draws the views without making them.
std::vector<RandomViewConfig> multi_crop_views(const MultiCropConfig& config);

/// The box of a random resized crop of a width x height image (torchvision's ten attempts, then the
/// central fallback).
Box random_resized_box(int64_t width, int64_t height, std::array<double, 2> scale,
                       std::array<double, 2> ratio, Rng& rng);

}  // namespace dinobench
