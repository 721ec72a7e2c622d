// Views: the boxes' distribution, the fixed parts of each view, repetition.
#include "data/views.hpp"

#include <cmath>
#include <map>

#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

TEST_CASE("random boxes lie inside and follow the area and the log-uniform ratio") {
  double area = 0, log_ratio = 0, squares = 0;
  const int draws = 4000;
  for (uint64_t i = 0; i < draws; ++i) {
    Rng rng(1, "test", {i});
    const Box box = random_resized_box(500, 400, {0.05, 0.4}, {3.0 / 4, 4.0 / 3}, rng);
    REQUIRE(box.left >= 0);
    REQUIRE(box.top >= 0);
    REQUIRE(box.left + box.width <= 500);
    REQUIRE(box.top + box.height <= 400);
    const double share = static_cast<double>(box.width * box.height) / (500.0 * 400.0);
    const double ratio = static_cast<double>(box.width) / static_cast<double>(box.height);
    REQUIRE(share > 0.049);
    REQUIRE(share < 0.404);
    REQUIRE(ratio > 0.73);
    REQUIRE(ratio < 1.36);
    area += share / draws;
    log_ratio += std::log(ratio) / draws;
    squares += std::log(ratio) * std::log(ratio) / draws;
  }
  REQUIRE(area == Approx(0.225).margin(0.006));
  REQUIRE(log_ratio == Approx(0).margin(0.01));
  REQUIRE(squares == Approx(std::pow(std::log(4.0 / 3), 2) / 3).epsilon(0.06));
}

TEST_CASE("where no box fits, the central part with the nearest ratio is taken") {
  Rng rng(1, "test", {});
  const Box wide = random_resized_box(1000, 10, {1, 1}, {3.0 / 4, 4.0 / 3}, rng);
  REQUIRE(wide.height == 10);
  REQUIRE(wide.width == 13);
  REQUIRE(wide.left == 493);
  const Box tall = random_resized_box(10, 1000, {1, 1}, {3.0 / 4, 4.0 / 3}, rng);
  REQUIRE(tall.width == 10);
  REQUIRE(tall.height == 13);
  REQUIRE(tall.top == 493);
  const Box whole = random_resized_box(1, 1, {0.05, 0.1}, {3.0 / 4, 4.0 / 3}, rng);
  REQUIRE(whole.width == 1);
  REQUIRE(whole.height == 1);
}

RandomViewConfig still() {  // nothing random but the box
  RandomViewConfig config;
  config.size = 32;
  config.flip = config.jitter = config.grayscale = config.solarize = 0;
  config.blur = -1;
  return config;
}

TEST_CASE("each random step fires with its probability") {
  const Image image = noise(40, 40, 2);
  const auto changed = [&](RandomViewConfig config) {
    config.scale = {1, 1};
    config.ratio = {1, 1};
    RandomViewConfig none = still();
    none.scale = config.scale, none.ratio = config.ratio;
    int count = 0;
    for (uint64_t i = 0; i < 1000; ++i) {
      Rng one(3, "view", {i}), other(3, "view", {i});
      count += random_view(config).make(image, one).pixels !=
               random_view(none).make(image, other).pixels;
    }
    return count / 1000.0;
  };
  RandomViewConfig config = still();
  REQUIRE(changed(config) == 0);
  config.flip = 0.5;
  REQUIRE(changed(config) == Approx(0.5).margin(0.05));
  config = still(), config.jitter = 0.8;
  REQUIRE(changed(config) == Approx(0.8).margin(0.04));
  config = still(), config.grayscale = 0.2;
  REQUIRE(changed(config) == Approx(0.2).margin(0.04));
  config = still(), config.blur = 0.1;
  REQUIRE(changed(config) == Approx(0.1).margin(0.03));
  config = still(), config.solarize = 0.2;
  REQUIRE(changed(config) == Approx(0.2).margin(0.04));
  config = still(), config.blur = 1.0;
  REQUIRE(changed(config) == 1.0);
}

TEST_CASE("multi-crop: global 1, global 2, then the local views, of the sizes asked for") {
  MultiCropConfig config;
  config.global_crops_size = 48;
  config.local_crops_size = 20;
  config.local_crops_number = 3;
  const std::vector<View> views = multi_crop(config);
  REQUIRE(views.size() == 5);
  const Image image = noise(77, 51, 4);
  for (size_t v = 0; v < views.size(); ++v) {
    Rng rng(7, "view", {0, 5, v}), again(7, "view", {0, 5, v}), other(8, "view", {0, 5, v});
    const Image view = views[v].make(image, rng);
    REQUIRE(view.width == (v < 2 ? 48 : 20));
    REQUIRE(view.height == view.width);
    REQUIRE(views[v].width == view.width);
    REQUIRE(views[v].make(image, again).pixels == view.pixels);
    REQUIRE(views[v].make(image, other).pixels != view.pixels);
  }
  config.local_crops_number = 0;
  REQUIRE(multi_crop(config).size() == 2);
}

TEST_CASE("jitter: all 24 orders evenly, amounts in the reference's ranges") {
  std::map<std::array<int, 4>, int> orders;
  double low[4] = {9, 9, 9, 9}, high[4] = {-9, -9, -9, -9};
  for (uint64_t i = 0; i < 4800; ++i) {
    Rng rng(11, "view", {i});
    const ColourJitter jitter = draw_jitter({}, rng);
    ++orders[jitter.order];
    const double amounts[4] = {jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue};
    for (int k = 0; k < 4; ++k) {
      low[k] = std::min(low[k], amounts[k]);
      high[k] = std::max(high[k], amounts[k]);
    }
  }
  REQUIRE(orders.size() == 24);
  for (const auto& [order, count] : orders) REQUIRE(std::abs(count - 200) < 70);  // 5 sigma
  const double expected[4][2] = {{0.6, 1.4}, {0.6, 1.4}, {0.8, 1.2}, {-0.1, 0.1}};
  for (int k = 0; k < 4; ++k) {
    REQUIRE(low[k] >= expected[k][0]);
    REQUIRE(high[k] <= expected[k][1]);
    REQUIRE(low[k] == Approx(expected[k][0]).margin(0.002));
    REQUIRE(high[k] == Approx(expected[k][1]).margin(0.002));
  }
}

TEST_CASE("the centre view resizes and crops; without resizing the size must fit") {
  Rng rng(1, "test", {});
  const View view = center_view(64, 48);
  REQUIRE(view.width == 48);
  REQUIRE(view.make(noise(100, 80, 1), rng).width == 48);
  const View bare = center_view(0, 20);
  const Image image = noise(20, 20, 2);
  REQUIRE(bare.make(image, rng).pixels == image.pixels);
  REQUIRE(contains(error_of([&] { bare.make(noise(21, 20, 3), rng); }), "21 x 20"));
}

TEST_CASE("a view's settings are checked") {
  RandomViewConfig config;
  config.scale = {0.5, 0.4};
  REQUIRE(contains(error_of([&] { random_view(config); }), "0.5 0.4"));
  config = {};
  config.size = 0;
  error_of([&] { random_view(config); });
  MultiCropConfig crops;
  crops.local_crops_number = -1;
  REQUIRE(contains(error_of([&] { multi_crop(crops); }), "local_crops_number"));
}

}  // namespace
}  // namespace dinobench::testing
