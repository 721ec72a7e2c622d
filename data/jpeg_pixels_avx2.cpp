// The inverse DCT of eight columns at once (Loeffler, Ligtenberg and Moschytz 1989, constants of 13
// bits), and rows of colour.
#include <immintrin.h>

#include <algorithm>

#include "data/jpeg_pixels.hpp"

namespace dinobench::decoders {
namespace {

constexpr int kBits = 13, kFirstBits = 2;  // of the constants; kept between the passes

/// In each lane x * a + y * b of 16-bit x and y.
[[gnu::target("avx2")]] inline __m256i rotate(__m256i pair, int a, int b) {
  return _mm256_madd_epi16(pair, _mm256_set1_epi32((b << 16) | (a & 0xffff)));
}

[[gnu::target("avx2")]] inline __m256i pair_of(__m256i x, __m256i y) {
  return _mm256_blend_epi16(x, _mm256_slli_epi32(y, 16), 0xaa);
}

/// One dimension of the transform, in place: element i of all eight vectors is a[i], of 16 bits.
/// The products are those of the paper's rotations, multiplied out: the same integers.
template <int shift>
[[gnu::target("avx2")]] inline void pass(__m256i* a) {
  const __m256i half = _mm256_set1_epi32(1 << (shift - 1));
  const __m256i e26 = pair_of(a[2], a[6]);
  const __m256i e2 = rotate(e26, 4433, 4433 - 15137), e3 = rotate(e26, 4433 + 6270, 4433);
  const __m256i sum = _mm256_add_epi32(a[0], a[4]), difference = _mm256_sub_epi32(a[0], a[4]);
  const __m256i e0 = _mm256_add_epi32(_mm256_slli_epi32(sum, kBits), half);
  const __m256i e1 = _mm256_add_epi32(_mm256_slli_epi32(difference, kBits), half);
  const __m256i t0 = _mm256_add_epi32(e0, e3), t3 = _mm256_sub_epi32(e0, e3);
  const __m256i t1 = _mm256_add_epi32(e1, e2), t2 = _mm256_sub_epi32(e1, e2);
  const __m256i s34 = pair_of(_mm256_add_epi32(a[7], a[3]), _mm256_add_epi32(a[5], a[1]));
  const __m256i z3 = rotate(s34, 9633 - 16069, 9633), z4 = rotate(s34, 9633, 9633 - 3196);
  const __m256i a71 = pair_of(a[7], a[1]), a53 = pair_of(a[5], a[3]);
  const __m256i o0 = _mm256_add_epi32(rotate(a71, 2446 - 7373, -7373), z3);
  const __m256i o1 = _mm256_add_epi32(rotate(a53, 16819 - 20995, -20995), z4);
  const __m256i o2 = _mm256_add_epi32(rotate(a53, -20995, 25172 - 20995), z3);
  const __m256i o3 = _mm256_add_epi32(rotate(a71, -7373, 12299 - 7373), z4);
  const __m256i tops[4] = {t0, t1, t2, t3}, odds[4] = {o3, o2, o1, o0};
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    a[i] = _mm256_srai_epi32(_mm256_add_epi32(tops[i], odds[i]), shift);
    a[7 - i] = _mm256_srai_epi32(_mm256_sub_epi32(tops[i], odds[i]), shift);
  }
}

[[gnu::target("avx2"), gnu::always_inline]] inline void transpose(__m256i* a) {
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

[[gnu::target("avx2")]] inline __m256i load_16(const int16_t* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

/// Of the absolute values of all products.
[[gnu::target("avx2")]] inline int32_t sum_of(const int16_t* coefficients,
                                              const int16_t* quantisers) {
  __m256i sums = _mm256_setzero_si256();
#pragma GCC unroll 4
  for (int i = 0; i < 64; i += 16) {
    const __m256i sizes = _mm256_abs_epi16(load_16(coefficients + i));
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(sizes, load_16(quantisers + i)));
  }
  const __m128i four =
      _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  const __m128i two = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 0xb1)));
}

/// Vector i is column i, less 128; rows of bytes are written.
[[gnu::target("avx2")]] inline void write_columns(const __m256i* a, uint8_t* out, int64_t stride) {
  const __m256i half = _mm256_set1_epi16(128);
  __m256i words[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i)
    words[i] = _mm256_add_epi16(_mm256_packs_epi32(a[2 * i], a[2 * i + 1]), half);
  // In each half four rows of four columns, column by column; then row by row.
  const __m256i turn = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  const __m256i left = _mm256_shuffle_epi8(_mm256_packus_epi16(words[0], words[1]), turn);
  const __m256i right = _mm256_shuffle_epi8(_mm256_packus_epi16(words[2], words[3]), turn);
  const __m256i rows[2] = {_mm256_unpacklo_epi32(left, right), _mm256_unpackhi_epi32(left, right)};
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    const __m128d high = _mm_castsi128_pd(_mm256_castsi256_si128(rows[i])),
                  low = _mm_castsi128_pd(_mm256_extracti128_si256(rows[i], 1));
    uint8_t* at = out + stride * 2 * i;
    _mm_storel_pd(reinterpret_cast<double*>(at), high);
    _mm_storeh_pd(reinterpret_cast<double*>(at + stride), high);
    _mm_storel_pd(reinterpret_cast<double*>(at + 4 * stride), low);
    _mm_storeh_pd(reinterpret_cast<double*>(at + 5 * stride), low);
  }
}

}  // namespace

[[gnu::target("avx2")]] bool inverse_dct(int16_t* coefficients, const int16_t* quantisers,
                                         uint8_t* out, int64_t stride) {
  if (sum_of(coefficients, quantisers) > kMostSum) return false;
  __m256i a[8];
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    const __m256i rows =
        _mm256_mullo_epi16(load_16(coefficients + 8 * i), load_16(quantisers + 8 * i));
    a[i] = _mm256_cvtepi16_epi32(_mm256_castsi256_si128(rows));
    a[i + 1] = _mm256_cvtepi16_epi32(_mm256_extracti128_si256(rows, 1));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(coefficients + 8 * i), _mm256_setzero_si256());
  }
  pass<kBits - kFirstBits>(a);
  transpose(a);
  pass<kBits + kFirstBits + 3>(a);
  write_columns(a, out, stride);
  return true;
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
