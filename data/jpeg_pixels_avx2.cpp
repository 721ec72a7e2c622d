// The inverse DCT of eight columns at once (Loeffler, Ligtenberg and Moschytz 1989, constants of 13
// bits), and rows of colour.
#include <immintrin.h>

#include <algorithm>

#include "data/jpeg_pixels.hpp"

namespace dinobench::decoders {
namespace {

constexpr int kBits = 13, kFirstBits = 2;  // of the constants; kept between the passes

[[gnu::target("avx2")]] inline __m256i times(__m256i a, int constant) {
  return _mm256_mullo_epi32(a, _mm256_set1_epi32(constant));
}

template <int shift>
[[gnu::target("avx2")]] inline __m256i descale(__m256i a) {
  return _mm256_srai_epi32(_mm256_add_epi32(a, _mm256_set1_epi32(1 << (shift - 1))), shift);
}

/// One dimension of the transform, in place: element i of all eight vectors is a[i].
template <int shift>
[[gnu::target("avx2")]] inline void pass(__m256i* a) {
  const __m256i even = times(_mm256_add_epi32(a[2], a[6]), 4433);
  const __m256i e2 = _mm256_sub_epi32(even, times(a[6], 15137));
  const __m256i e3 = _mm256_add_epi32(even, times(a[2], 6270));
  const __m256i e0 = _mm256_slli_epi32(_mm256_add_epi32(a[0], a[4]), kBits);
  const __m256i e1 = _mm256_slli_epi32(_mm256_sub_epi32(a[0], a[4]), kBits);
  const __m256i t0 = _mm256_add_epi32(e0, e3), t3 = _mm256_sub_epi32(e0, e3);
  const __m256i t1 = _mm256_add_epi32(e1, e2), t2 = _mm256_sub_epi32(e1, e2);
  const __m256i s3 = _mm256_add_epi32(a[7], a[3]), s4 = _mm256_add_epi32(a[5], a[1]);
  const __m256i s5 = times(_mm256_add_epi32(s3, s4), 9633);
  const __m256i z1 = times(_mm256_add_epi32(a[7], a[1]), -7373);
  const __m256i z2 = times(_mm256_add_epi32(a[5], a[3]), -20995);
  const __m256i z3 = _mm256_add_epi32(times(s3, -16069), s5);
  const __m256i z4 = _mm256_add_epi32(times(s4, -3196), s5);
  const __m256i o0 = _mm256_add_epi32(times(a[7], 2446), _mm256_add_epi32(z1, z3));
  const __m256i o1 = _mm256_add_epi32(times(a[5], 16819), _mm256_add_epi32(z2, z4));
  const __m256i o2 = _mm256_add_epi32(times(a[3], 25172), _mm256_add_epi32(z2, z3));
  const __m256i o3 = _mm256_add_epi32(times(a[1], 12299), _mm256_add_epi32(z1, z4));
  a[0] = descale<shift>(_mm256_add_epi32(t0, o3)), a[7] = descale<shift>(_mm256_sub_epi32(t0, o3));
  a[1] = descale<shift>(_mm256_add_epi32(t1, o2)), a[6] = descale<shift>(_mm256_sub_epi32(t1, o2));
  a[2] = descale<shift>(_mm256_add_epi32(t2, o1)), a[5] = descale<shift>(_mm256_sub_epi32(t2, o1));
  a[3] = descale<shift>(_mm256_add_epi32(t3, o0)), a[4] = descale<shift>(_mm256_sub_epi32(t3, o0));
}

[[gnu::target("avx2")]] inline void transpose(__m256i* a) {
  __m256i b[8], c[8];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    b[2 * i] = _mm256_unpacklo_epi32(a[2 * i], a[2 * i + 1]);
    b[2 * i + 1] = _mm256_unpackhi_epi32(a[2 * i], a[2 * i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    c[4 * i] = _mm256_unpacklo_epi64(b[4 * i], b[4 * i + 2]);
    c[4 * i + 1] = _mm256_unpackhi_epi64(b[4 * i], b[4 * i + 2]);
    c[4 * i + 2] = _mm256_unpacklo_epi64(b[4 * i + 1], b[4 * i + 3]);
    c[4 * i + 3] = _mm256_unpackhi_epi64(b[4 * i + 1], b[4 * i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    a[i] = _mm256_permute2x128_si256(c[i], c[i + 4], 0x20);
    a[i + 4] = _mm256_permute2x128_si256(c[i], c[i + 4], 0x31);
  }
}

}  // namespace

[[gnu::target("avx2")]] void inverse_dct(const int16_t* coefficients, uint8_t* out,
                                         int64_t stride) {
  __m256i a[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    a[i] = _mm256_cvtepi16_epi32(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(coefficients + 8 * i)));
  }
  pass<kBits - kFirstBits>(a);
  transpose(a);
  pass<kBits + kFirstBits + 3>(a);
  transpose(a);
  const __m256i half = _mm256_set1_epi16(128);
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    const __m256i words = _mm256_add_epi16(_mm256_packs_epi32(a[i], a[i + 1]), half);
    const __m256i bytes = _mm256_packus_epi16(words, words);
    const __m128i rows =
        _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out + stride * i), rows);
    _mm_storeh_pd(reinterpret_cast<double*>(out + stride * (i + 1)), _mm_castsi128_pd(rows));
  }
}

[[gnu::target("avx2"), gnu::optimize("tree-vectorize")]] void widen_row(
    const uint8_t* __restrict in, int64_t count, uint8_t* __restrict out) {
  for (int64_t i = 0; i < count; ++i) {
    const int three = 3 * in[i];
    out[2 * i] = static_cast<uint8_t>((three + in[i - 1] + 1) >> 2);
    out[2 * i + 1] = static_cast<uint8_t>((three + in[i + 1] + 2) >> 2);
  }
}

[[gnu::target("avx2"), gnu::optimize("tree-vectorize")]] void widen_rows(
    const uint8_t* __restrict near, const uint8_t* __restrict far, int64_t count,
    uint8_t* __restrict out) {
  const auto sum = [=](int64_t i) { return 3 * near[i] + far[i]; };
  for (int64_t i = 0; i < count; ++i) {
    const int three = 3 * sum(i);
    out[2 * i] = static_cast<uint8_t>((three + sum(i - 1) + 8) >> 4);
    out[2 * i + 1] = static_cast<uint8_t>((three + sum(i + 1) + 7) >> 4);
  }
}

[[gnu::target("avx2"), gnu::optimize("tree-vectorize")]] void colour_row(
    const uint8_t* __restrict y, const uint8_t* __restrict blue, const uint8_t* __restrict red,
    int64_t count, uint8_t* __restrict out) {
  // 1.402, 1.772, 0.34414 and 0.71414 in 16-bit fixed point.
  for (int64_t i = 0; i < count; ++i) {
    const int b = blue[i] - 128, r = red[i] - 128;
    const int to_red = y[i] + ((91881 * r + 32768) >> 16);
    const int to_green = y[i] + ((-22554 * b - 46802 * r + 32768) >> 16);
    const int to_blue = y[i] + ((116130 * b + 32768) >> 16);
    out[3 * i] = static_cast<uint8_t>(std::clamp(to_red, 0, 255));
    out[3 * i + 1] = static_cast<uint8_t>(std::clamp(to_green, 0, 255));
    out[3 * i + 2] = static_cast<uint8_t>(std::clamp(to_blue, 0, 255));
  }
}

}  // namespace dinobench::decoders
