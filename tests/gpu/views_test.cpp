// The view kernel against the plain transforms: every byte.
#include "data/views.hpp"

#include "data/pixel_math.hpp"
#include "data/transforms_plain.hpp"
#include "tests/gpu/gpu_test.hpp"
#include "train/device_views.hpp"

namespace dinobench {
namespace views_kernel_test {

Image noise(int64_t width, int64_t height, uint64_t seed) {
  Image image{width, height, std::vector<uint8_t>(static_cast<size_t>(3 * width * height))};
  Rng rng(seed, "noise", {});
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    // Noise on a gradient: every hue, and flat parts as well.
    const auto ramp = static_cast<int64_t>(i * 255 / image.pixels.size());
    image.pixels[i] = static_cast<uint8_t>((ramp + rng.integer(0, i % 7 < 3 ? 255 : 3)) % 256);
  }
  return image;
}

Image plain_view(const Image& image, const DrawnView& d, int64_t size, Filter filter) {
  const Pixels in = window(image, d.box);
  const auto axis = [size](int64_t length) {
    return Axis{length, static_cast<float>(length), size, 0, size};
  };
  Image view = plain::resample(in, axis(in.width), axis(in.height), filter);
  if (d.flip) plain::flip_horizontal(view);
  for (const int operation : d.jitter.order) {
    if (!d.jittered) break;
    if (operation == 0) plain::adjust_brightness(view, d.jitter.brightness);
    if (operation == 1) plain::adjust_contrast(view, d.jitter.contrast);
    if (operation == 2) plain::adjust_saturation(view, d.jitter.saturation);
    if (operation == 3) plain::adjust_hue(view, d.jitter.hue);
  }
  if (d.grayscale) plain::to_grayscale(view);
  if (d.blurred) plain::gaussian_blur(view, d.blur_sigma);
  if (d.solarize) plain::solarize(view, kSolarizeThreshold);
  return view;
}

void compare(const std::vector<ViewRequest>& requests, c10::Device device) {
  const at::Tensor got = make_device_views(requests, device, at::kFloat).to(at::kCPU);
  const at::Tensor half = make_device_views(requests, device, at::kBFloat16).to(at::kCPU);
  REQUIRE(half.equal(got.to(at::kBFloat16)));
  int64_t place = 0;
  for (size_t i = 0; i < requests.size(); ++i) {
    const ViewRequest& r = requests[i];
    const Image view = plain_view(*r.image, r.drawn, r.size, r.filter);
    const at::Tensor wanted = at::empty({3 * r.size * r.size});
    plain::normalize(view, wanted.mutable_data_ptr<float>());
    INFO("view " << i << " of " << r.size);
    REQUIRE(got.narrow(0, place, wanted.numel()).equal(wanted));
    place += wanted.numel();
  }
  REQUIRE(place == got.numel());
}

TEST_CASE("multi-crop views of the kernel have the plain transforms' bytes", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    const Image small = noise(41, 57, 1), large = noise(90, 61, 2);
    MultiCropConfig config;
    config.global_crops_size = 33, config.local_crops_size = 14, config.local_crops_number = 4;
    std::vector<ViewRequest> requests;
    uint64_t seed = 0;
    for (const RandomViewConfig& view : multi_crop_views(config)) {
      for (const Image* image : {&small, &large}) {
        Rng rng(++seed, "view", {});
        requests.push_back({image, draw_random_view(view, image->width, image->height, rng),
                            view.size, view.filter});
      }
    }
    compare(requests, device);
  });
}

TEST_CASE("each step of the view kernel alone, and the passes in both orders", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    const Image image = noise(40, 40, 3), tall = noise(30, 190, 4);
    std::vector<ViewRequest> requests;
    DrawnView still;
    still.box = {5, 6, 24, 24};
    const auto with = [&](auto change, Filter filter = Filter::bicubic, int64_t size = 24) {
      DrawnView drawn = still;
      change(drawn);
      requests.push_back({&image, drawn, size, filter});
    };
    with([](DrawnView&) {});  // neither pass
    with([](DrawnView& d) { d.box = {0, 0, 24, 40}; });
    with([](DrawnView& d) { d.box = {0, 0, 40, 24}; });
    with([](DrawnView&) {}, Filter::lanczos, 31);
    with([](DrawnView&) {}, Filter::bilinear, 7);
    with([](DrawnView& d) { d.flip = true; }, Filter::bicubic, 23);
    with([](DrawnView& d) { d.grayscale = true; });
    with([](DrawnView& d) { d.solarize = true; });
    for (const double sigma : {0.0, 0.1, 0.7, 2.0, 11.0})
      with([&](DrawnView& d) { d.blurred = true, d.blur_sigma = sigma; });
    for (int only = 0; only < 4; ++only)
      for (const double amount : {-0.5, -0.09, 0.1, 0.37})
        with([&](DrawnView& d) {
          d.jittered = true, d.jitter.order = {only, -1, -1, -1};
          d.jitter.brightness = d.jitter.contrast = d.jitter.saturation = 1 + 2 * amount;
          d.jitter.hue = amount;
        });
    DrawnView down_first;
    down_first.box = {1, 2, 25, 180};
    requests.push_back({&tall, down_first, 20, Filter::bicubic});
    compare(requests, device);
  });
}

TEST_CASE("a drawn view is the view that its generator would have made", "[gpu]") {
  RandomViewConfig config;
  config.size = 20;
  config.solarize = 0.5, config.blur = 0.5;
  const Image image = noise(50, 44, 5);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Rng drawing(seed, "view", {}), making(seed, "view", {});
    const DrawnView drawn = draw_random_view(config, image.width, image.height, drawing);
    const Image made = random_view(config).make(image, making);
    REQUIRE(plain_view(image, drawn, config.size, config.filter).pixels == made.pixels);
    REQUIRE(drawing.uniform() == making.uniform());
  }
}

TEST_CASE("a view outside its image is refused", "[gpu]") {
  const Image image = noise(8, 8, 6);
  DrawnView drawn;
  drawn.box = {4, 4, 5, 2};
  const std::vector<ViewRequest> requests{{&image, drawn, 4, Filter::bicubic}};
  REQUIRE_THROWS_WITH(pack_views(requests), Catch::Contains("leaves the image of 8 x 8"));
}

}  // namespace views_kernel_test
}  // namespace dinobench
