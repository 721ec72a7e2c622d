// Transforms: by hand, against the golden vectors (dino.md A.13), and fast against plain.
#include "data/transforms.hpp"

#include "core/atomic_file.hpp"
#include "core/form.hpp"
#include "data/pixel_math.hpp"
#include "data/transforms_plain.hpp"
#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

constexpr Filter all_filters[] = {Filter::bilinear, Filter::bicubic, Filter::lanczos};

std::vector<int> centre_row(const Image& image) {
  std::vector<int> row;
  for (int64_t x = 0; x < image.width; ++x) {
    row.push_back(image.pixels[static_cast<size_t>(3 * (image.height / 2 * image.width + x))]);
  }
  return row;
}

TEST_CASE("A.13: three box passes of an impulse, row through the centre") {
  const std::pair<double, std::vector<int>> golden[] = {{0.1, {0, 0, 0, 0, 249, 0, 0, 0, 0}},
                                                        {0.5, {0, 0, 1, 21, 154, 21, 1, 0, 0}},
                                                        {1.0, {0, 1, 6, 24, 42, 24, 6, 1, 0}},
                                                        {2.0, {2, 4, 6, 8, 9, 8, 6, 4, 2}}};
  for (const auto& [sigma, expected] : golden) {
    Image image = flat(9, 9, 0, 0, 0);
    std::fill_n(image.pixels.begin() + 3 * 40, 3, uint8_t{255});
    gaussian_blur(image, sigma);
    REQUIRE(centre_row(image) == expected);
  }
}

TEST_CASE("box radius of a sigma: the worked examples of dino.md 4.4") {
  const std::pair<double, double> golden[] = {
      {0.1, 0.00167224}, {0.5, 0.0454545}, {1.0, 0.25}, {1.5, 1.03846}, {2.0, 1.375}};
  for (const auto& [sigma, radius] : golden) {
    const BoxBlur box = box_blur(sigma);
    REQUIRE(box.radius == static_cast<int>(radius));
    const double weight = (1 << 24) / (2 * radius + 1);
    REQUIRE(static_cast<double>(box.weight) == Approx(weight).epsilon(2e-6));
    REQUIRE((2 * static_cast<uint32_t>(box.radius) + 1) * box.weight + 2 * box.far_weight <=
            (1U << 24));
  }
}

TEST_CASE("A.13: solarise turns values of the threshold and above") {
  Image image{5, 1, {0, 0, 0, 127, 127, 127, 128, 128, 128, 200, 200, 200, 255, 255, 255}};
  solarize(image, 128);
  REQUIRE(centre_row(image) == std::vector<int>{0, 127, 127, 55, 0});
}

TEST_CASE("A.13: thumbnail sizes at 224") {
  const int64_t golden[][4] = {
      {1024, 680, 224, 149}, {680, 1024, 149, 224}, {500, 333, 224, 149}, {200, 100, 200, 100}};
  for (const auto& g : golden) {
    const Image small = thumbnail(flat(g[0], g[1], 10, 20, 30), 224);
    REQUIRE(small.width == g[2]);
    REQUIRE(small.height == g[3]);
    REQUIRE(small.pixels == flat(g[2], g[3], 10, 20, 30).pixels);
  }
}

TEST_CASE("resizing by hand: halving with the triangle kernel, flat images stay flat") {
  // Two outputs of four inputs: taps 1/8 3/8 3/8 1/8, cut off and renormalised at the edge.
  const Image line{4, 1, {0, 0, 0, 70, 70, 70, 140, 140, 140, 210, 210, 210}};
  REQUIRE(centre_row(resize(line, 2, 1, Filter::bilinear)) == std::vector<int>{50, 160});
  REQUIRE(centre_row(resize(line, 8, 1, Filter::nearest)) ==
          std::vector<int>{0, 0, 70, 70, 140, 140, 210, 210});
  for (const Filter filter : all_filters) {
    REQUIRE(resize(flat(31, 17, 3, 200, 255), 50, 9, filter).pixels ==
            flat(50, 9, 3, 200, 255).pixels);
  }
}

Axis whole(int64_t in, int64_t out) { return {in, static_cast<float>(in), out, 0, out}; }

TEST_CASE("passes go across first unless that leaves many more rows to do") {
  const auto first = [&](int64_t width, int64_t height) {
    return plan_passes(whole(100, width), whole(100, height))[0];
  };
  REQUIRE(first(50, 50) == Pass::across);
  REQUIRE(first(90, 80) == Pass::across);
  REQUIRE(first(90, 79) == Pass::down);
  REQUIRE(first(120, 99) == Pass::down);
  REQUIRE(first(120, 120) == Pass::across);
}

TEST_CASE("a crop resized in place equals the cut-out resized: no tap leaves the box") {
  const Image image = noise(90, 70, 3);
  for (const Box box :
       {Box{0, 0, 90, 70}, Box{11, 7, 33, 41}, Box{89, 69, 1, 1}, Box{60, 0, 30, 70}}) {
    for (const Filter filter :
         {Filter::nearest, Filter::bilinear, Filter::bicubic, Filter::lanczos}) {
      REQUIRE(crop_resize(image, box, 24, 31, filter).pixels ==
              resize(crop(image, box), 24, 31, filter).pixels);
    }
  }
}

/// In every form of this processor: the whole result, and a part of it.
void require_resampled(const Image& image, int64_t width, int64_t height, Filter filter) {
  Axis x = whole(image.width, width), y = whole(image.height, height);
  for (const bool part : {false, true}) {
    if (part) {
      x.first = width / 3, x.count = std::max<int64_t>(width / 2, 1);
      y.first = height / 4, y.count = std::max<int64_t>(height / 3, 1);
    }
    const Image expected = plain::resample(window(image), x, y, filter);
    REQUIRE(expected.width == x.count);
    REQUIRE(expected.height == y.count);
    for (const Form form : available_forms()) {
      const FormScope scope(form);
      REQUIRE(resample(window(image), x, y, filter).pixels == expected.pixels);
    }
  }
}

TEST_CASE("fast resampling equals plain on noise of odd sizes") {
  const int64_t sides[] = {1, 2, 3, 5, 7, 16, 23, 64, 97, 131};
  uint32_t seed = 0;
  for (const int64_t width : sides) {
    for (const int64_t height : {int64_t{1}, int64_t{4}, int64_t{29}, int64_t{101}}) {
      const Image image = noise(width, height, ++seed);
      const Filter filter = all_filters[seed % 3];
      for (const auto& [w, h] :
           {std::pair<int64_t, int64_t>{width, 13}, {31, height}, {8, 9}, {45, 3}, {150, 111}}) {
        require_resampled(image, w, h, filter);
      }
    }
  }
}

TEST_CASE("fast resampling equals plain where the kernel overshoots most") {
  Image image = noise(64, 64, 9);
  for (uint8_t& value : image.pixels) value = value < 128 ? 0 : 255;
  for (const Filter filter : all_filters) {
    for (const int64_t side : {21, 63, 65, 200}) require_resampled(image, side, side, filter);
  }
}

TEST_CASE("fast resampling equals plain under long kernels and at the ends of an axis") {
  for (const auto& [in, out] :
       {std::pair<int64_t, int64_t>{900, 3}, {331, 20}, {2, 700}, {3, 64}}) {
    for (const Filter filter : all_filters) {
      require_resampled(noise(in, 40, 1), out, 24, filter);
      require_resampled(noise(40, in, 2), 24, out, filter);
    }
  }
}

/// Runs both, the fast one in every form of this processor, on noise and on extremes of odd sizes.
template <class Fast, class Plain>
void require_equal(Fast fast, Plain plain) {
  for (const int64_t width : {1, 2, 5, 8, 11, 16, 31, 96, 113}) {
    for (const int64_t height : {1, 3, 18}) {
      Image one = noise(width, height, static_cast<uint32_t>(width * 100 + height));
      if (height == 3) {
        for (uint8_t& value : one.pixels) value = static_cast<uint8_t>(value < 100 ? 0 : 255);
      }
      Image expected = one;
      plain(expected);
      for (const Form form : available_forms()) {
        const FormScope scope(form);
        Image made = one;
        fast(made);
        REQUIRE(made.pixels == expected.pixels);
      }
    }
  }
}

TEST_CASE("fast colour operations equal plain") {
  for (const double factor : {0.0, 0.3, 0.6, 0.99999, 1.0, 1.00001, 1.4, 2.7}) {
    require_equal([&](Image& i) { adjust_brightness(i, factor); },
                  [&](Image& i) { plain::adjust_brightness(i, factor); });
    require_equal([&](Image& i) { adjust_contrast(i, factor); },
                  [&](Image& i) { plain::adjust_contrast(i, factor); });
    require_equal([&](Image& i) { adjust_saturation(i, factor); },
                  [&](Image& i) { plain::adjust_saturation(i, factor); });
  }
  for (const double shift : {-0.5, -0.1, -0.003, 0.0, 0.05, 0.1, 0.5}) {
    require_equal([&](Image& i) { adjust_hue(i, shift); },
                  [&](Image& i) { plain::adjust_hue(i, shift); });
  }
  require_equal([](Image& i) { to_grayscale(i); }, [](Image& i) { plain::to_grayscale(i); });
  require_equal([](Image& i) { flip_horizontal(i); }, [](Image& i) { plain::flip_horizontal(i); });
  for (const int threshold : {0, 1, 128, 255, 256}) {
    require_equal([&](Image& i) { solarize(i, threshold); },
                  [&](Image& i) { plain::solarize(i, threshold); });
  }
}

TEST_CASE("fast blur equals plain, also where the box is wider than the image") {
  for (const double sigma : {0.0, 0.01, 0.1, 0.7, 1.0, 1.5, 2.0, 3.3, 11.0, 60.0}) {
    require_equal([&](Image& i) { gaussian_blur(i, sigma); },
                  [&](Image& i) { plain::gaussian_blur(i, sigma); });
  }
}

TEST_CASE("normalising gives torch's bits: ToTensor, then Normalize with ImageNet's numbers") {
  Image ramp{256, 1, {}};
  for (int value = 0; value < 256; ++value) {
    ramp.pixels.insert(ramp.pixels.end(), 3, static_cast<uint8_t>(value));
  }
  for (const Form form : available_forms()) {
    const FormScope scope(form);
    std::vector<float> out(3 * 256);
    normalize(ramp, out.data());
    REQUIRE(out[0] == -0x1.0f177ap+1F);
    REQUIRE(out[255] == 0x1.1fdc3ap+1F);
    REQUIRE(out[256 + 128] == 0x1.a43690p-3F);
    // SHA-256 of torchvision 0.26's tensor for this ramp, float32 little-endian.
    REQUIRE(sha256_hex(std::as_bytes(std::span(out))) ==
            "1d8b9af12b7b391827f7c801265239e21435c7e29b4d78c6189a35e437633897");
    for (const int64_t width : {1, 7, 8, 31, 224}) {
      const Image image = noise(width, 5, static_cast<uint32_t>(width));
      std::vector<float> fast(image.pixels.size()), slow(image.pixels.size());
      normalize(image, fast.data());
      plain::normalize(image, slow.data());
      REQUIRE(fast == slow);
    }
  }
}

TEST_CASE("evaluation sizes: the long side is truncated, the centre rounds half to even") {
  const Image wide = resize_short_side(flat(500, 375, 1, 2, 3), 256, Filter::bicubic);
  REQUIRE(wide.width == 341);  // 341.33
  REQUIRE(wide.height == 256);
  const Image tall = resize_short_side(flat(333, 500, 1, 2, 3), 256, Filter::bicubic);
  REQUIRE(tall.width == 256);
  REQUIRE(tall.height == 384);  // 384.38
  Image line{7, 1, {}};
  for (uint8_t x = 0; x < 7; ++x) line.pixels.insert(line.pixels.end(), 3, x);
  REQUIRE(center_crop(line, 1).pixels[0] == 3);
  Image ruler = flat(7, 4, 0, 0, 0);
  for (size_t i = 0; i < ruler.pixels.size(); ++i)
    ruler.pixels[i] = static_cast<uint8_t>(i / 3 % 7);
  REQUIRE(center_crop(ruler, 4).pixels[0] == 2);  // (7 - 4) / 2 = 1.5 -> 2
  REQUIRE(center_crop(ruler, 2).pixels[0] == 2);  // 2.5 -> 2
  const Image padded = center_crop(flat(2, 2, 9, 9, 9), 5);
  REQUIRE(centre_row(padded) == std::vector<int>{0, 9, 9, 0, 0});
}

TEST_CASE("wrong parameters are input errors") {
  const Image image = flat(10, 8, 0, 0, 0);
  REQUIRE(contains(error_of([&] { crop(image, {5, 0, 6, 1}); }), "10 x 8"));
  error_of([&] { crop(image, {-1, 0, 2, 1}); });
  error_of([&] { crop(image, {0, 0, 0, 1}); });
  error_of([&] { crop(image, {INT64_MAX, 0, 5, 5}); });
  error_of([&] { resize(image, 0, 5, Filter::bicubic); });
  error_of([&] { resize(image, int64_t{1} << 40, int64_t{1} << 40, Filter::nearest); });
  REQUIRE(contains(error_of([] { filter_named("bicubik"); }), "did you mean 'bicubic'"));
  Image other = image;
  error_of([&] { adjust_hue(other, 0.51); });
}

}  // namespace
}  // namespace dinobench::testing
