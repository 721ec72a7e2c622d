// The fast HSV conversions against the plain ones, for every input there is.
#include "data/fast.hpp"
#include "data/hsv_avx2.hpp"
#include "data/transforms_plain.hpp"
#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

[[gnu::target("avx2")]] int64_t rgb_differences() {
  int64_t wrong = 0;
  alignas(32) int32_t in[8], hue[8], saturation[8];
  for (int32_t colour = 0; colour < 1 << 24; colour += 8) {
    for (int i = 0; i < 8; ++i) in[i] = colour + i;
    const fast::Hsv8 out = fast::to_hsv_8(_mm256_load_si256(reinterpret_cast<__m256i*>(in)));
    _mm256_store_si256(reinterpret_cast<__m256i*>(hue), out.hue);
    _mm256_store_si256(reinterpret_cast<__m256i*>(saturation), out.saturation);
    for (int i = 0; i < 8; ++i) {
      uint8_t hsv[3];
      plain::to_hsv(reinterpret_cast<const uint8_t*>(&in[i]), hsv);
      wrong += hue[i] != hsv[0] || saturation[i] != hsv[1];
    }
  }
  return wrong;
}

[[gnu::target("avx2")]] int64_t hsv_differences() {
  int64_t wrong = 0;
  alignas(32) int32_t hue[8], rgb[8];
  for (int saturation = 0; saturation < 256; ++saturation) {
    for (int value = 0; value < 256; ++value) {
      for (int first = 0; first < 256; first += 8) {
        for (int i = 0; i < 8; ++i) hue[i] = first + i;
        const fast::Hsv8 in{_mm256_load_si256(reinterpret_cast<__m256i*>(hue)),
                            _mm256_set1_epi32(saturation), _mm256_set1_epi32(value)};
        _mm256_store_si256(reinterpret_cast<__m256i*>(rgb), fast::to_rgb_8(in));
        for (int i = 0; i < 8; ++i) {
          const uint8_t hsv[3] = {static_cast<uint8_t>(hue[i]), static_cast<uint8_t>(saturation),
                                  static_cast<uint8_t>(value)};
          uint8_t expected[3];
          plain::to_rgb(hsv, expected);
          wrong += std::memcmp(&rgb[i], expected, 3) != 0;
        }
      }
    }
  }
  return wrong;
}

TEST_CASE("all 16.8 million colours convert to HSV as the plain definition says") {
  if (!fast::available()) return;
  REQUIRE(rgb_differences() == 0);
}

TEST_CASE("all 16.8 million HSV triples convert back as the plain definition says") {
  if (!fast::available()) return;
  REQUIRE(hsv_differences() == 0);
}

TEST_CASE("plain HSV by hand: primaries, grey, and a hue that wraps") {
  const auto hsv_of = [](uint8_t r, uint8_t g, uint8_t b) {
    const uint8_t rgb[3] = {r, g, b};
    std::array<uint8_t, 3> hsv{};
    plain::to_hsv(rgb, hsv.data());
    return hsv;
  };
  REQUIRE(hsv_of(255, 0, 0) == std::array<uint8_t, 3>{0, 255, 255});
  REQUIRE(hsv_of(0, 255, 0) == std::array<uint8_t, 3>{85, 255, 255});
  REQUIRE(hsv_of(0, 0, 255) == std::array<uint8_t, 3>{170, 255, 255});
  REQUIRE(hsv_of(9, 9, 9) == std::array<uint8_t, 3>{0, 0, 9});
  REQUIRE(hsv_of(200, 0, 100) == std::array<uint8_t, 3>{233, 255, 200});  // 11/12 * 255 = 233.75
  REQUIRE(hue_steps(-0.05) == 244);                                       // trunc(-12.75) = -12
}

}  // namespace
}  // namespace dinobench::testing
