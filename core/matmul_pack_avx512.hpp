// Panels of multiply(): a strip of a matrix rearranged so that the tile reads it in order. Internal
// to core/matmul_avx512.cpp.
#pragma once

#include <immintrin.h>

#include <algorithm>

#include "core/matmul.hpp"

namespace dinobench::matmul {

/// 16 vectors of 16 floats transposed, out[k * stride + j] = rows[j][k].
[[gnu::target("avx512f")]] inline void transpose_16(const __m512 (&rows)[16], float* out,
                                                    int64_t stride) {
  __m512 pairs[16], quads[16];
#pragma GCC unroll 8
  for (int j = 0; j < 16; j += 2) {
    pairs[j] = _mm512_unpacklo_ps(rows[j], rows[j + 1]);
    pairs[j + 1] = _mm512_unpackhi_ps(rows[j], rows[j + 1]);
  }
#pragma GCC unroll 8
  for (int j = 0; j < 8; ++j) {  // pairs 4g + {0, 1} with 4g + {2, 3}
    const int at = j / 2 * 4 + j % 2;
    const __m512d a = _mm512_castps_pd(pairs[at]), b = _mm512_castps_pd(pairs[at + 2]);
    quads[j / 2 * 4 + j % 2 * 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
    quads[j / 2 * 4 + j % 2 * 2 + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {  // lane l of quads[4 g + i]: element 4 l + i of rows 4 g to 4 g + 3
    const __m512 even0 = _mm512_shuffle_f32x4(quads[i], quads[4 + i], 0x88);
    const __m512 even1 = _mm512_shuffle_f32x4(quads[8 + i], quads[12 + i], 0x88);
    const __m512 odd0 = _mm512_shuffle_f32x4(quads[i], quads[4 + i], 0xdd);
    const __m512 odd1 = _mm512_shuffle_f32x4(quads[8 + i], quads[12 + i], 0xdd);
    _mm512_storeu_ps(out + i * stride, _mm512_shuffle_f32x4(even0, even1, 0x88));
    _mm512_storeu_ps(out + (4 + i) * stride, _mm512_shuffle_f32x4(odd0, odd1, 0x88));
    _mm512_storeu_ps(out + (8 + i) * stride, _mm512_shuffle_f32x4(even0, even1, 0xdd));
    _mm512_storeu_ps(out + (12 + i) * stride, _mm512_shuffle_f32x4(odd0, odd1, 0xdd));
  }
}

inline __mmask16 first_lanes(int64_t count) {
  return count >= 16 ? 0xffff : static_cast<__mmask16>((1U << std::max<int64_t>(count, 0)) - 1);
}

/// out[i * width + j] = x(i, j) for i < k, j < columns; columns up to `width` (at most 32) are
/// zero.
template <int width>
[[gnu::target("avx512f")]] void pack(const MatrixView& x, int64_t columns, int64_t k, float* out) {
  static_assert(width <= 32);
  for (int64_t from = 0; from < width; from += 16) {
    const __mmask16 there = first_lanes(columns - from), all = first_lanes(width - from);
    if (x.column == 1) {
      for (int64_t i = 0; i < k; ++i) {
        _mm512_mask_storeu_ps(out + i * width + from, all,
                              _mm512_maskz_loadu_ps(there, x.at(i, from)));
      }
      continue;
    }
    int64_t i = 0;
    for (; width % 16 == 0 && i + 16 <= k; i += 16) {
      __m512 rows[16];
#pragma GCC unroll 16
      for (int64_t j = 0; j < 16; ++j) {
        rows[j] = from + j < columns ? _mm512_loadu_ps(x.at(i, from + j)) : _mm512_setzero_ps();
      }
      transpose_16(rows, out + i * width + from, width);
    }
    for (; i < k; ++i) {
      for (int64_t j = 0; j < std::min<int64_t>(16, width - from); ++j)
        out[i * width + from + j] = from + j < columns ? *x.at(i, from + j) : 0.0F;
    }
  }
}

}  // namespace dinobench::matmul
