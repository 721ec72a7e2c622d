// The vertical pass over quads, 64 bytes of a row at a time, and the ways into quads and out.
#include <algorithm>

#include "data/quads_avx512.hpp"

namespace dinobench::fast {
namespace {

DINOBENCH_WIDE inline __mmask64 first_of(int64_t bytes) {
  return bytes >= 64 ? ~0ULL : (1ULL << bytes) - 1;
}

template <int known>
DINOBENCH_WIDE void row_down(const Quads& in, int64_t first, const int32_t* words, int64_t groups,
                             int64_t bytes, uint8_t* out) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  for (int64_t x = 0; x < bytes; x += 64) {
    __m512i sums[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      sums[k] = weigh_groups<known>(in.at(first, x + 16 * k), 4 * in.stride, words, groups);
    }
    _mm512_mask_storeu_epi8(out + x, first_of(bytes - x),
                            _mm512_permutexvar_epi32(order, clip_four(sums)));
  }
}

/// Byte i of four rows in lane i, of 64 bytes: the 128-bit lanes of part k begin at 4k, 16 + 4k...
DINOBENCH_WIDE inline void store_quads(const __m512i* rows, uint8_t* out) {
  const __m512i a = _mm512_unpacklo_epi8(rows[0], rows[1]);
  const __m512i b = _mm512_unpacklo_epi8(rows[2], rows[3]);
  const __m512i c = _mm512_unpackhi_epi8(rows[0], rows[1]);
  const __m512i d = _mm512_unpackhi_epi8(rows[2], rows[3]);
  const __m512i parts[4] = {_mm512_unpacklo_epi16(a, b), _mm512_unpackhi_epi16(a, b),
                            _mm512_unpacklo_epi16(c, d), _mm512_unpackhi_epi16(c, d)};
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    auto* at = reinterpret_cast<__m128i*>(out + 16 * k);
    _mm_storeu_si128(at, _mm512_castsi512_si128(parts[k]));
    _mm_storeu_si128(at + 4, _mm512_extracti32x4_epi32(parts[k], 1));
    _mm_storeu_si128(at + 8, _mm512_extracti32x4_epi32(parts[k], 2));
    _mm_storeu_si128(at + 12, _mm512_extracti32x4_epi32(parts[k], 3));
  }
}

}  // namespace

void quads_down(const Quads& in, const Digits& digits, int64_t bytes, int64_t height,
                uint8_t* out) {
  const auto form = digits.groups == 1   ? row_down<1>
                    : digits.groups == 2 ? row_down<2>
                    : digits.groups == 3 ? row_down<3>
                    : digits.groups == 4 ? row_down<4>
                                         : row_down<-1>;
  for (int64_t y = 0; y < height; ++y) {
    form(in, digits.first[static_cast<size_t>(y)], digits.words.data() + 3 * digits.groups * y,
         digits.groups, bytes, out + bytes * y);
  }
}

DINOBENCH_WIDE void rows_to_quads(Pixels rows, const Quads& out) {
  const int64_t bytes = 3 * rows.width;
  for (int64_t y = 0; y < rows.height; y += 4) {
    for (int64_t x = 0; x < bytes; x += 64) {
      __m512i four[4];
#pragma GCC unroll 4
      for (int row = 0; row < 4; ++row) {
        four[row] = _mm512_maskz_loadu_epi8(first_of(bytes - x),
                                            rows.row(std::min(y + row, rows.height - 1)) + x);
      }
      store_quads(four, out.at(y / 4, x));
    }
  }
}

DINOBENCH_WIDE void quads_to_rows(const Quads& in, int64_t width, int64_t height, uint8_t* out) {
  const int64_t bytes = 3 * width;
  const __m128i byte = _mm_setr_epi8(0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60);
  for (int64_t y = 0; y < height; ++y) {
    const __m512i order =
        _mm512_castsi128_si512(_mm_add_epi8(byte, _mm_set1_epi8(static_cast<char>(y % 4))));
    for (int64_t x = 0; x < bytes; x += 16) {
      const __m512i lanes = _mm512_loadu_si512(in.at(y / 4, x));
      const __m128i row = _mm512_castsi512_si128(_mm512_permutexvar_epi8(order, lanes));
      _mm_mask_storeu_epi8(out + bytes * y + x, static_cast<__mmask16>(first_of(bytes - x)), row);
    }
  }
}

}  // namespace dinobench::fast
