// The edits of the copy-detection part do what their names say.
#include "data/shapes_edits.hpp"

#include <algorithm>

#include "tests/test_light.hpp"

namespace dinobench {
namespace shapes_edits_test {

using namespace shapes;

/// Red grows to the right, green downwards, blue marks the middle.
Image ramp(int64_t width, int64_t height) {
  Image image{width, height, {}};
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      for (const int64_t value : {2 * x, 2 * y, x > width / 3 && x < width / 2 ? 200L : 0L})
        image.pixels.push_back(static_cast<uint8_t>(value));
  return image;
}

std::array<uint8_t, 3> at(const Image& image, int64_t x, int64_t y) {
  const size_t i = 3 * static_cast<size_t>(y * image.width + x);
  return {image.pixels[i], image.pixels[i + 1], image.pixels[i + 2]};
}

int64_t changed(const Image& a, const Image& b) {
  int64_t out = 0;
  for (size_t i = 0; i < a.pixels.size(); i += 3)
    out += !std::equal(a.pixels.begin() + i, a.pixels.begin() + i + 3, b.pixels.begin() + i);
  return out;
}

}  // namespace shapes_edits_test
using namespace shapes_edits_test;

TEST_CASE("edits: a crop is a window of the picture and loses the share it says") {
  const Image image = ramp(100, 80);
  Rng rng(0, "test", {});
  for (const int64_t removed : {10, 50, 80}) {
    const Image out = cropped(image, removed, rng);
    REQUIRE(100 * out.width * out.height == Approx((100 - removed) * 8000).epsilon(0.04));
    const int64_t left = at(out, 0, 0)[0] / 2, top = at(out, 0, 0)[1] / 2;
    for (int64_t y = 0; y < out.height; ++y)
      for (int64_t x = 0; x < out.width; ++x)
        REQUIRE(at(out, x, y) == at(image, left + x, top + y));
  }
}

TEST_CASE("edits: a picture laid over itself in place stays, moved it leaves the ground free") {
  const Image image = ramp(40, 30);
  const Image same = laid_over(image, even_image(40, 30, {9, 9, 9}), [](Point p) { return p; });
  for (int64_t x = 1; x < 12; ++x) REQUIRE(at(same, x, 15)[0] == at(image, x, 15)[0]);
  const Image moved = laid_over(image, even_image(40, 30, {9, 9, 9}), [](Point p) {
    return Point{p.x - 10 * kPixel, p.y};
  });
  REQUIRE(at(moved, 9, 15) == std::array<uint8_t, 3>{9, 9, 9});
  REQUIRE(at(moved, 15, 15)[0] == at(image, 5, 15)[0]);
}

TEST_CASE("edits: a turn keeps the middle and blackens the corners") {
  const Image image = ramp(90, 90);
  Rng rng(3, "test", {});
  const Image out = turned_picture(image, 100, rng);
  REQUIRE(at(out, 0, 0) == std::array<uint8_t, 3>{0, 0, 0});
  REQUIRE(std::abs(at(out, 45, 45)[0] - at(image, 45, 45)[0]) <= 3);
  REQUIRE(changed(out, image) > 90 * 90 / 2);
}

TEST_CASE("edits: a blur spreads a dot over its square and keeps even ground") {
  Image image = even_image(21, 21, {0, 100, 0});
  image.pixels[3 * (10 * 21 + 10)] = 250;
  const Image out = blurred(image, 1);
  REQUIRE(at(out, 10, 10)[0] == 28);  // 250 * (3/9)^2
  REQUIRE(at(out, 12, 12)[0] == 3);
  REQUIRE(at(out, 13, 10)[0] == 0);
  REQUIRE(at(out, 0, 0)[1] == 100);
}

TEST_CASE("edits: grey is grey and flat; paint covers some and never all") {
  const Image image = ramp(96, 72);
  const Image grey = greyed(image);
  for (size_t i = 0; i < grey.pixels.size(); i += 3)
    REQUIRE((grey.pixels[i] == grey.pixels[i + 1] && grey.pixels[i] == grey.pixels[i + 2]));
  REQUIRE(*std::min_element(grey.pixels.begin(), grey.pixels.end()) >= 70);
  REQUIRE(*std::max_element(grey.pixels.begin(), grey.pixels.end()) <= 220);
  Rng rng(0, "test", {});
  const int64_t strokes = changed(painted(image, rng), image);
  REQUIRE(strokes > 96 * 72 / 50);
  REQUIRE(strokes < 96 * 72 * 3 / 4);
}

TEST_CASE("edits: prints and insertions keep the frame's size and show the picture smaller") {
  const Image image = ramp(96, 72), other = even_image(72, 96, {255, 0, 255});
  Rng rng(0, "test", {});
  const Image print = printed(image, rng);
  REQUIRE((print.width == 96 && print.height == 72));
  const Image in = inserted(image, other, rng);
  REQUIRE((in.width == 72 && in.height == 96));
  const int64_t covered = changed(in, other);
  REQUIRE(covered > 72 * 96 / 10);
  REQUIRE(covered < 72 * 96 * 6 / 10);
}

}  // namespace dinobench
