// The horizontal pass: 16 rows at a time, a row a lane, so that the weights of a column are the
// same in all lanes.
#include <algorithm>

#include "data/quads_avx512.hpp"

namespace dinobench::fast {
namespace {

constexpr int64_t kGroup = 3 * 64;  // bytes of four pixels of 16 rows: [channel][row][pixel]

/// 16 pixels of a row, planar by fours: R R R R G G G G B B B B 0 0 0 0 in each 128-bit lane.
DINOBENCH_WIDE inline __m512i planar_16(const uint8_t* at, int64_t bytes) {
  const __m512i order =
      _mm512_set_epi8(0, 0, 0, 0, 47, 44, 41, 38, 46, 43, 40, 37, 45, 42, 39, 36, 0, 0, 0, 0, 35,
                      32, 29, 26, 34, 31, 28, 25, 33, 30, 27, 24, 0, 0, 0, 0, 23, 20, 17, 14, 22,
                      19, 16, 13, 21, 18, 15, 12, 0, 0, 0, 0, 11, 8, 5, 2, 10, 7, 4, 1, 9, 6, 3, 0);
  const __mmask64 inside = bytes >= 48 ? (1ULL << 48) - 1 : (1ULL << bytes) - 1;
  return _mm512_permutexvar_epi8(order, _mm512_maskz_loadu_epi8(inside, at));
}

/// Four rows' lanes [channel] become [row] of one channel each.
DINOBENCH_WIDE inline void turn_dwords(const __m512i* rows, __m512i* channels) {
  const __m512i a = _mm512_unpacklo_epi32(rows[0], rows[1]);
  const __m512i b = _mm512_unpacklo_epi32(rows[2], rows[3]);
  const __m512i c = _mm512_unpackhi_epi32(rows[0], rows[1]);
  const __m512i d = _mm512_unpackhi_epi32(rows[2], rows[3]);
  channels[0] = _mm512_unpacklo_epi64(a, b);
  channels[1] = _mm512_unpackhi_epi64(a, b);
  channels[2] = _mm512_unpacklo_epi64(c, d);
}

/// Stores the first 128-bit lanes of four registers together, then the second ones and so on,
/// `kGroup` bytes apart.
DINOBENCH_WIDE inline void store_turned(__m512i a, __m512i b, __m512i c, __m512i d, uint8_t* out) {
  const __m512i low = _mm512_shuffle_i32x4(a, b, 0x44), high = _mm512_shuffle_i32x4(a, b, 0xee);
  const __m512i low2 = _mm512_shuffle_i32x4(c, d, 0x44), high2 = _mm512_shuffle_i32x4(c, d, 0xee);
  _mm512_storeu_si512(out, _mm512_shuffle_i32x4(low, low2, 0x88));
  _mm512_storeu_si512(out + kGroup, _mm512_shuffle_i32x4(low, low2, 0xdd));
  _mm512_storeu_si512(out + 2 * kGroup, _mm512_shuffle_i32x4(high, high2, 0x88));
  _mm512_storeu_si512(out + 3 * kGroup, _mm512_shuffle_i32x4(high, high2, 0xdd));
}

/// 16 rows from `y` on into groups; past the last row it is repeated.
DINOBENCH_WIDE void spread_rows(Pixels in, int64_t y, uint8_t* groups) {
  const uint8_t* rows[16];
  for (int64_t row = 0; row < 16; ++row) rows[row] = in.row(std::min(y + row, in.height - 1));
  const int64_t bytes = 3 * in.width;
  for (int64_t x = 0; x < bytes; x += 48, groups += 4 * kGroup) {
    __m512i turned[4][3];
#pragma GCC unroll 4
    for (int quad = 0; quad < 4; ++quad) {
      __m512i four[4];
#pragma GCC unroll 4
      for (int row = 0; row < 4; ++row) four[row] = planar_16(rows[4 * quad + row] + x, bytes - x);
      turn_dwords(four, turned[quad]);
    }
#pragma GCC unroll 3
    for (int channel = 0; channel < 3; ++channel) {
      store_turned(turned[0][channel], turned[1][channel], turned[2][channel], turned[3][channel],
                   groups + 64 * channel);
    }
  }
}

/// Four lanes of 16 bytes to four groups of rows.
DINOBENCH_WIDE inline void store_lanes(__m512i lanes, const Quads& out, int64_t group, int64_t x) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out.at(group, x)), _mm512_castsi512_si128(lanes));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out.at(group + 1, x)),
                   _mm512_extracti32x4_epi32(lanes, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out.at(group + 2, x)),
                   _mm512_extracti32x4_epi32(lanes, 2));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out.at(group + 3, x)),
                   _mm512_extracti32x4_epi32(lanes, 3));
}

/// All columns of 16 rows, four pixels at a time.
template <int known>
DINOBENCH_WIDE void columns(const uint8_t* groups, const Digits& digits, int64_t width,
                            const Quads& out, int64_t group) {
  const int32_t* words = digits.words.data();
  for (int64_t o = 0; o < width; o += 4) {
    __m512i sums[12];
#pragma GCC unroll 4
    for (int pixel = 0; pixel < 4; ++pixel, words += 3 * digits.groups) {
      const uint8_t* at = groups + kGroup * digits.first[static_cast<size_t>(o + pixel)];
#pragma GCC unroll 3
      for (int channel = 0; channel < 3; ++channel) {
        sums[3 * pixel + channel] =
            weigh_groups<known>(at + 64 * channel, kGroup, words, digits.groups);
      }
    }
#pragma GCC unroll 3
    for (int k = 0; k < 3; ++k) store_lanes(clip_four(sums + 4 * k), out, group, 3 * o + 4 * k);
  }
}

}  // namespace

void across_to_quads(Pixels in, const Digits& digits, int64_t width, const Quads& out) {
  thread_local std::vector<uint8_t> groups;
  const auto size = static_cast<size_t>(((in.width + 15) / 16 * 4 + digits.groups) * kGroup);
  if (groups.size() < size) groups.resize(size);
  const auto form = digits.groups == 1   ? columns<1>
                    : digits.groups == 2 ? columns<2>
                    : digits.groups == 3 ? columns<3>
                    : digits.groups == 4 ? columns<4>
                                         : columns<-1>;
  for (int64_t y = 0; y < in.height; y += 16) {
    spread_rows(in, y, groups.data());
    form(groups.data(), digits, width, out, y / 4);
  }
}

}  // namespace dinobench::fast
