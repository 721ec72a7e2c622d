// Milliseconds per image of each step of the data path, one thread: hidden, run by
// tests/perf/pillow_speed.py, which times Pillow beside it.
#include <chrono>
#include <cmath>

#include "core/atomic_file.hpp"
#include "data/dataset.hpp"
#include "data/views.hpp"
#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

using Clock = std::chrono::steady_clock;

/// Best of three rounds over all images, per image.
template <class Step>
void report(const char* name, size_t images, Step step) {
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    const auto start = Clock::now();
    for (size_t i = 0; i < images; ++i) step(i);
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::printf("speed\t%s\t%.4f\n", name, 1e3 * best / static_cast<double>(images));
  std::fflush(stdout);
}

/// The central box of this share of the area, and of the image's shape.
Box central(const Image& image, double share) {
  const auto side = [share](int64_t n) {
    return static_cast<int64_t>(static_cast<double>(n) * std::sqrt(share));
  };
  const int64_t width = side(image.width), height = side(image.height);
  return {(image.width - width) / 2, (image.height - height) / 2, width, height};
}

TEST_CASE("speed of the data path", "[.speed]") {
  const Dataset dataset = open_dataset(shared_data("imagenet-sample"));
  std::vector<std::string> files;
  std::vector<Image> images, large, small;
  for (int64_t i = 0; i < 120; ++i) {
    files.push_back(read_file(dataset.path(i)));
    images.push_back(decode_image(std::as_bytes(std::span(files.back())), "file"));
    large.push_back(
        crop_resize(images.back(), central(images.back(), 0.7), 224, 224, Filter::bicubic));
    small.push_back(
        crop_resize(images.back(), central(images.back(), 0.2), 96, 96, Filter::bicubic));
  }
  const size_t n = files.size();
  report("decode", n, [&](size_t i) { decode_image(std::as_bytes(std::span(files[i])), "file"); });
  report("crop_resize_224", n, [&](size_t i) {
    crop_resize(images[i], central(images[i], 0.7), 224, 224, Filter::bicubic);
  });
  report("crop_resize_96", n, [&](size_t i) {
    crop_resize(images[i], central(images[i], 0.2), 96, 96, Filter::bicubic);
  });
  const auto in_place = [&](const char* name, auto operation) {
    report((std::string(name) + "_224").c_str(), n, [&](size_t i) {
      Image image = large[i];
      operation(image);
    });
    report((std::string(name) + "_96").c_str(), n, [&](size_t i) {
      Image image = small[i];
      operation(image);
    });
  };
  in_place("flip", [](Image& image) { flip_horizontal(image); });
  in_place("brightness", [](Image& image) { adjust_brightness(image, 1.2); });
  in_place("contrast", [](Image& image) { adjust_contrast(image, 0.8); });
  in_place("saturation", [](Image& image) { adjust_saturation(image, 1.1); });
  in_place("hue", [](Image& image) { adjust_hue(image, 0.05); });
  in_place("grayscale", [](Image& image) { to_grayscale(image); });
  in_place("blur", [](Image& image) { gaussian_blur(image, 1.05); });
  in_place("solarize", [](Image& image) { solarize(image, 128); });
  std::vector<float> out(3 * 224 * 224);
  in_place("normalize", [&](Image& image) { normalize(image, out.data()); });
  const std::vector<View> views = multi_crop({});
  report("multi_crop_with_decode", n, [&](size_t i) {
    const Image image = decode_image(std::as_bytes(std::span(files[i])), "file");
    for (size_t v = 0; v < views.size(); ++v) {
      Rng rng(0, "view", {0, i, v});
      normalize(views[v].make(image, rng), out.data());
    }
  });
  const View evaluation = center_view(256, 224);
  report("evaluation_with_decode", n, [&](size_t i) {
    Rng rng(0, "view", {0, i, 0});
    normalize(evaluation.make(decode_image(std::as_bytes(std::span(files[i])), "file"), rng),
              out.data());
  });
}

}  // namespace
}  // namespace dinobench::testing
