// The hue shift in AVX2. Float32 throughout where Pillow mixes float and double: the test goes
// through all inputs of both conversions and finds no difference.
#include "data/fast.hpp"
#include "data/hsv_avx2.hpp"
#include "data/transforms_plain.hpp"

namespace dinobench::fast {

[[gnu::target("avx2")]] void adjust_hue(Image& image, uint8_t steps) {
  uint8_t* at = image.pixels.data();
  int64_t left = image.width * image.height;
  for (; left >= load_reach; left -= 8, at += 24) {
    Hsv8 pixels = to_hsv_8(load_8(at));
    pixels.hue = _mm256_and_si256(_mm256_add_epi32(pixels.hue, _mm256_set1_epi32(steps)),
                                  _mm256_set1_epi32(255));
    store_8(at, to_rgb_8(pixels));
  }
  for (; left > 0; --left, at += 3) {
    uint8_t hsv[3];
    plain::to_hsv(at, hsv);
    hsv[0] = static_cast<uint8_t>(hsv[0] + steps);
    plain::to_rgb(hsv, at);
  }
}

}  // namespace dinobench::fast
