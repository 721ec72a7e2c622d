// Eight RGB pixels in and out of AVX2 registers. Internal to the *_avx2.cpp files.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

namespace dinobench::fast {

/// Eight pixels are 24 bytes; load_8 reads 28, so ten pixels must be left.
inline constexpr int64_t load_reach = 10;

/// R G B 0 in each 32-bit lane.
[[gnu::target("avx2")]] inline __m256i load_8(const uint8_t* at) {
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 12));
  const __m256i widen = _mm256_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1,  //
                                         0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
  return _mm256_shuffle_epi8(_mm256_set_m128i(high, low), widen);
}

/// Stores exactly 24 bytes; `order` picks three bytes of each 32-bit lane for the low twelve of its
/// half.
[[gnu::target("avx2")]] inline void store_picked(uint8_t* at, __m256i lanes, __m256i order) {
  const __m256i packed = _mm256_shuffle_epi8(lanes, order);
  for (int half = 0; half < 2; ++half) {
    const __m128i part =
        half == 0 ? _mm256_castsi256_si128(packed) : _mm256_extracti128_si256(packed, 1);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(at + 12 * half), part);
    const int32_t rest = _mm_extract_epi32(part, 2);
    std::memcpy(at + 12 * half + 8, &rest, 4);
  }
}

[[gnu::target("avx2")]] inline void store_8(uint8_t* at, __m256i lanes) {
  store_picked(at, lanes,
               _mm256_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1,  //
                                0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
}

/// The lowest byte of each lane, three times.
[[gnu::target("avx2")]] inline void store_8_grey(uint8_t* at, __m256i lanes) {
  store_picked(at, lanes,
               _mm256_setr_epi8(0, 0, 0, 4, 4, 4, 8, 8, 8, 12, 12, 12, -1, -1, -1, -1,  //
                                0, 0, 0, 4, 4, 4, 8, 8, 8, 12, 12, 12, -1, -1, -1, -1));
}

/// One channel (0 R, 1 G, 2 B) as 32-bit integers.
template <int channel>
[[gnu::target("avx2")]] inline __m256i channel_of(__m256i lanes) {
  return _mm256_and_si256(_mm256_srli_epi32(lanes, 8 * channel), _mm256_set1_epi32(255));
}

/// Luma of eight pixels. 38470 does not fit 16 signed bits: green is weighed in two halves.
[[gnu::target("avx2")]] inline __m256i luma_8(__m256i lanes) {
  const __m256i red_green = _mm256_shuffle_epi8(
      lanes, _mm256_setr_epi8(0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1,  //
                              0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1));
  const __m256i green_blue = _mm256_shuffle_epi8(
      lanes, _mm256_setr_epi8(1, -1, 2, -1, 5, -1, 6, -1, 9, -1, 10, -1, 13, -1, 14, -1,  //
                              1, -1, 2, -1, 5, -1, 6, -1, 9, -1, 10, -1, 13, -1, 14, -1));
  const __m256i sum =
      _mm256_add_epi32(_mm256_madd_epi16(red_green, _mm256_set1_epi32(19595 | 19235 << 16)),
                       _mm256_madd_epi16(green_blue, _mm256_set1_epi32(19235 | 7471 << 16)));
  return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(32768)), 16);
}

/// blend() of pixel_math.hpp in eight lanes.
[[gnu::target("avx2")]] inline __m256i blend_8(__m256i from, __m256i to, __m256 factor) {
  const __m256 start = _mm256_cvtepi32_ps(from);
  const __m256 step = _mm256_cvtepi32_ps(_mm256_sub_epi32(to, from));
  const __m256 mixed = _mm256_add_ps(start, _mm256_mul_ps(factor, step));
  const __m256 clipped =
      _mm256_min_ps(_mm256_max_ps(mixed, _mm256_setzero_ps()), _mm256_set1_ps(255.0F));
  return _mm256_cvttps_epi32(clipped);
}

}  // namespace dinobench::fast
