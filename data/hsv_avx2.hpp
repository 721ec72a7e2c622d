// RGB to 8-bit HSV and back, eight pixels at a time. Internal to data/ and its tests.
#pragma once

#include "data/pixels_avx2.hpp"

namespace dinobench::fast {

/// Hue and saturation as 32-bit integers 0..255, value too.
struct Hsv8 {
  __m256i hue, saturation, value;
};

/// `yes` where the mask is set.
[[gnu::target("avx2")]] inline __m256 choose(__m256 mask, __m256 yes, __m256 no) {
  return _mm256_blendv_ps(no, yes, mask);
}

[[gnu::target("avx2")]] inline __m256 choose(__m256 mask, float yes, float no) {
  return choose(mask, _mm256_set1_ps(yes), _mm256_set1_ps(no));
}

/// Hue in sixths of a turn, -1 to 5. The lowest channel's distance from the highest is the whole
/// range, so what is left is an odd whole number plus or minus the middle channel's share `x`.
[[gnu::target("avx2")]] inline __m256 hue_sixths(__m256 r, __m256 g, __m256 b, __m256 high,
                                                 __m256 x) {
  const __m256 is_red = _mm256_cmp_ps(r, high, _CMP_EQ_OQ);
  const __m256 is_green = _mm256_cmp_ps(g, high, _CMP_EQ_OQ);
  const __m256 green_blue = _mm256_cmp_ps(g, b, _CMP_GE_OQ);
  const __m256 red_blue = _mm256_cmp_ps(r, b, _CMP_GE_OQ);
  const __m256 green_red = _mm256_cmp_ps(g, r, _CMP_GE_OQ);
  const __m256 base = choose(is_red, choose(green_blue, 1, -1),
                             choose(is_green, choose(red_blue, 1, 3), choose(green_red, 3, 5)));
  const __m256 minus = _mm256_set1_ps(-0.0F);
  const __m256 plus = _mm256_setzero_ps();
  const __m256 sign =
      choose(is_red, choose(green_blue, minus, plus),
             choose(is_green, choose(red_blue, plus, minus), choose(green_red, plus, minus)));
  return _mm256_add_ps(base, _mm256_xor_ps(x, sign));
}

/// From R G B 0 lanes.
[[gnu::target("avx2")]] inline Hsv8 to_hsv_8(__m256i pixels) {
  const __m256 r = _mm256_cvtepi32_ps(channel_of<0>(pixels));
  const __m256 g = _mm256_cvtepi32_ps(channel_of<1>(pixels));
  const __m256 b = _mm256_cvtepi32_ps(channel_of<2>(pixels));
  const __m256 high = _mm256_max_ps(r, _mm256_max_ps(g, b));
  const __m256 low = _mm256_min_ps(r, _mm256_min_ps(g, b));
  const __m256 range = _mm256_sub_ps(high, low);
  const __m256 sum = _mm256_add_ps(r, _mm256_add_ps(g, b));
  const __m256 middle = _mm256_sub_ps(sum, _mm256_add_ps(high, low));
  const __m256 x = _mm256_div_ps(_mm256_sub_ps(high, middle), range);
  const __m256 sixths = hue_sixths(r, g, b, high, x);
  const __m256 wrap =
      _mm256_and_ps(_mm256_cmp_ps(sixths, _mm256_setzero_ps(), _CMP_LT_OQ), _mm256_set1_ps(1));
  const __m256 turn = _mm256_add_ps(_mm256_div_ps(sixths, _mm256_set1_ps(6)), wrap);
  const __m256 full = _mm256_set1_ps(255);
  // Grey pixels divide by zero above; their hue and saturation are 0.
  const __m256 coloured = _mm256_cmp_ps(range, _mm256_setzero_ps(), _CMP_GT_OQ);
  const __m256 hue = _mm256_and_ps(_mm256_mul_ps(turn, full), coloured);
  const __m256 saturation =
      _mm256_and_ps(_mm256_mul_ps(_mm256_div_ps(range, high), full), coloured);
  return {_mm256_cvttps_epi32(hue), _mm256_cvttps_epi32(saturation), _mm256_cvttps_epi32(high)};
}

/// round(value * (1 - share)), which never meets a tie.
[[gnu::target("avx2")]] inline __m256i shade(__m256 value, __m256 share) {
  const __m256 left = _mm256_sub_ps(value, _mm256_mul_ps(value, share));
  return _mm256_cvttps_epi32(_mm256_add_ps(left, _mm256_set1_ps(0.5F)));
}

/// To R G B ? lanes.
[[gnu::target("avx2")]] inline __m256i to_rgb_8(const Hsv8& in) {
  const __m256 hue = _mm256_cvtepi32_ps(in.hue), value = _mm256_cvtepi32_ps(in.value);
  const __m256 full = _mm256_set1_ps(255), share = _mm256_set1_ps(1.0F / 255.0F);
  // 0 to 6; the small addend keeps 85, 170 and 255 from falling below their whole sixths.
  const __m256i sector = _mm256_cvttps_epi32(
      _mm256_add_ps(_mm256_mul_ps(hue, _mm256_set1_ps(6.0F / 255.0F)), _mm256_set1_ps(1e-4F)));
  const __m256 start = _mm256_mul_ps(_mm256_cvtepi32_ps(sector), full);
  const __m256 rest = _mm256_sub_ps(_mm256_mul_ps(hue, _mm256_set1_ps(6)), start);
  const __m256 part = _mm256_mul_ps(rest, share);
  const __m256 saturation = _mm256_mul_ps(_mm256_cvtepi32_ps(in.saturation), share);
  const __m256i p = shade(value, saturation);
  const __m256i q = shade(value, _mm256_mul_ps(saturation, part));
  const __m256i t = shade(value, _mm256_mul_ps(saturation, _mm256_sub_ps(_mm256_set1_ps(1), part)));
  // The four shades of a pixel in one lane, then the three that its sector picks: v=0 p=1 q=2 t=3.
  const __m256i shades =
      _mm256_or_si256(_mm256_or_si256(in.value, _mm256_slli_epi32(p, 8)),
                      _mm256_or_si256(_mm256_slli_epi32(q, 16), _mm256_slli_epi32(t, 24)));
  const __m256i picks = _mm256_setr_epi32(0x010300, 0x010002, 0x030001, 0x000201, 0x000103,
                                          0x020100, 0x010300, 0x010300);
  const __m256i lane = _mm256_setr_epi32(0, 0x040404, 0x080808, 0x0c0c0c,  //
                                         0, 0x040404, 0x080808, 0x0c0c0c);
  const __m256i order = _mm256_add_epi32(_mm256_permutevar8x32_epi32(picks, sector), lane);
  return _mm256_shuffle_epi8(shades, order);
}

}  // namespace dinobench::fast
