// Resampling with VNNI: one instruction weighs four 8-bit taps in each of 16 lanes. A 22-bit weight
// is three signed digits of base 256; the sums of the digits, shifted and added modulo 2^32, are
// what one chain of 32-bit products would give. Internal to the resample_*_avx512.cpp files.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <vector>

#include "data/resample.hpp"

#define DINOBENCH_WIDE [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni")]]

namespace dinobench::fast {

/// Rows between two passes, four at a time: byte `x` of rows 4g to 4g + 3 is one 32-bit lane at
/// 4 * (g * stride + x).
struct Quads {
  uint8_t* data = nullptr;
  int64_t stride = 0;  // lanes from one group of rows to the next, a multiple of 64
  uint8_t* at(int64_t group, int64_t x) const { return data + 4 * (group * stride + x); }
};
inline int64_t quads_stride(int64_t bytes) { return (bytes + 127) / 64 * 64; }

/// Taps by aligned groups of four inputs; what a group holds beyond the used taps weighs nothing.
struct Digits {
  int64_t groups = 0;          // an output reads that many
  std::vector<int32_t> first;  // group
  std::vector<int32_t> words;  // [output][digit, highest first][group], a byte a tap
};
/// Room for `outputs` outputs, at least those of the taps; further ones weigh nothing.
void make_digits(const Taps& taps, size_t outputs, Digits& digits);

/// `rows` of any number as quads, and back (the rows are 3 * width bytes).
void rows_to_quads(Pixels rows, const Quads& out);
void quads_to_rows(const Quads& in, int64_t width, int64_t height, uint8_t* out);

/// The passes; `digits` has room for a multiple of four outputs across.
void across_to_quads(Pixels in, const Digits& digits, int64_t width, const Quads& out);
void quads_down(const Quads& in, const Digits& digits, int64_t bytes, int64_t height, uint8_t* out);

/// The weighted sum of `known` groups (or, if that is -1, of `groups`) that lie `step` bytes apart,
/// in fixed point.
template <int known>
DINOBENCH_WIDE inline __m512i weigh_groups(const uint8_t* at, int64_t step, const int32_t* words,
                                           int64_t groups) {
  const int64_t count = known < 0 ? groups : known;
  __m512i sum = _mm512_set1_epi32(1 << (Taps::precision - 1 - 16));  // a half, two digits up
#pragma GCC unroll 3
  for (int digit = 0; digit < 3; ++digit, words += count) {
    if (digit > 0) sum = _mm512_slli_epi32(sum, 8);
#pragma GCC unroll 8
    for (int64_t g = 0; g < count; ++g) {
      sum =
          _mm512_dpbusd_epi32(sum, _mm512_loadu_si512(at + step * g), _mm512_set1_epi32(words[g]));
    }
  }
  return _mm512_srai_epi32(sum, Taps::precision);
}

/// Four sums clipped to bytes: in each 128-bit lane four bytes of the first, then of the others.
DINOBENCH_WIDE inline __m512i clip_four(const __m512i* sums) {
  return _mm512_packus_epi16(_mm512_packs_epi32(sums[0], sums[1]),
                             _mm512_packs_epi32(sums[2], sums[3]));
}

}  // namespace dinobench::fast
