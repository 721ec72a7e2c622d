// Colour maps: known entries, and how values become colours.
#include "data/colour_map.hpp"

#include <limits>

#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

using Colour = std::array<uint8_t, 3>;

Colour at(const Image& image, int64_t x, int64_t y) {
  const uint8_t* pixel = image.pixels.data() + 3 * (y * image.width + x);
  return {pixel[0], pixel[1], pixel[2]};
}

TEST_CASE("the tables begin and end as matplotlib's do") {
  REQUIRE(viridis()[0] == Colour{68, 1, 84});
  REQUIRE(viridis()[128] == Colour{32, 144, 140});
  REQUIRE(viridis()[255] == Colour{253, 231, 36});
  REQUIRE(inferno()[0] == Colour{0, 0, 3});
  REQUIRE(inferno()[255] == Colour{252, 254, 164});
}

TEST_CASE("values from minimum to maximum take the colours from first to last") {
  const std::vector<float> values{2, 4, 3, 2.0078125f, 3.9999f, 2.0077f};
  const Image picture = colour_picture(values, 3, 2, viridis());
  REQUIRE(at(picture, 0, 0) == viridis()[0]);
  REQUIRE(at(picture, 1, 0) == viridis()[255]);  // the maximum itself, not a 257th colour
  REQUIRE(at(picture, 2, 0) == viridis()[128]);
  REQUIRE(at(picture, 0, 1) == viridis()[1]);  // exactly 1 / 256 of the way
  REQUIRE(at(picture, 1, 1) == viridis()[255]);
  REQUIRE(at(picture, 2, 1) == viridis()[0]);
}

TEST_CASE("equal values take the first colour, values that are not finite none") {
  REQUIRE(at(colour_picture(std::vector<float>(4, 7.0f), 2, 2, inferno()), 1, 1) == inferno()[0]);
  const std::vector<float> bad{0, std::numeric_limits<float>::quiet_NaN()};
  REQUIRE(contains(error_of([&] { colour_picture(bad, 2, 1, inferno()); }), "finite"));
  REQUIRE(contains(error_of([&] { colour_picture(bad, 2, 2, inferno()); }), "2 x 2"));
}

}  // namespace
}  // namespace dinobench::testing
