// The innermost tile of multiply(): up to 14 rows by 32 columns of sums that stay in registers (28
// of the 32). Internal to core/matmul_avx512.cpp.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace dinobench::matmul {

inline constexpr int64_t kTileRows = 14, kTileColumns = 32;

struct TileTarget {
  float* c;
  int64_t stride;
  __mmask16 left, right;  // columns of the tile that exist
  const float* bias;      // of these columns, or nullptr
  bool add;               // to what is in c: a later part of k
};

/// a: element (r, k) at a[r * row + k * step]; b: packed, 32 columns for each k.
template <int rows, int step>
[[gnu::target("avx512f")]] inline void tile(const float* a, int64_t row, const float* b, int64_t k,
                                            const TileTarget& to) {
  __m512 sums[rows][2];
  const __m512 zero = _mm512_setzero_ps();
  const __m512 left = to.bias != nullptr ? _mm512_maskz_loadu_ps(to.left, to.bias) : zero;
  const __m512 right = to.bias != nullptr ? _mm512_maskz_loadu_ps(to.right, to.bias + 16) : zero;
#pragma GCC unroll 14
  for (int r = 0; r < rows; ++r) {
    sums[r][0] = left;
    sums[r][1] = right;
    __builtin_prefetch(to.c + r * to.stride, 1);
    __builtin_prefetch(to.c + r * to.stride + 16, 1);
  }
  for (int64_t i = 0; i < k; ++i, a += step, b += kTileColumns) {
    const __m512 b0 = _mm512_loadu_ps(b), b1 = _mm512_loadu_ps(b + 16);
#pragma GCC unroll 14
    for (int r = 0; r < rows; ++r) {
      const __m512 x = _mm512_set1_ps(a[r * row]);
      sums[r][0] = _mm512_fmadd_ps(x, b0, sums[r][0]);
      sums[r][1] = _mm512_fmadd_ps(x, b1, sums[r][1]);
    }
  }
#pragma GCC unroll 14
  for (int r = 0; r < rows; ++r) {
    float* out = to.c + r * to.stride;
    if (to.add) {
      sums[r][0] = _mm512_add_ps(sums[r][0], _mm512_maskz_loadu_ps(to.left, out));
      sums[r][1] = _mm512_add_ps(sums[r][1], _mm512_maskz_loadu_ps(to.right, out + 16));
    }
    _mm512_mask_storeu_ps(out, to.left, sums[r][0]);
    _mm512_mask_storeu_ps(out + 16, to.right, sums[r][1]);
  }
}

/// The tile of `rows` rows, 1 to 14. step 1: rows of a lie `row` apart; step 14: a is packed.
template <int step, int most = kTileRows>
[[gnu::target("avx512f")]] inline void tile_of(int64_t rows, const float* a, int64_t row,
                                               const float* b, int64_t k, const TileTarget& to) {
  if constexpr (most > 1) {
    if (rows < most) return tile_of<step, most - 1>(rows, a, row, b, k, to);
  }
  tile<most, step>(a, row, b, k, to);
}

}  // namespace dinobench::matmul
