// Rounding, transposing and the products, twelve queries by thirty-two rows at a time.
#include <immintrin.h>

#include <cstring>

#include "eval/coarse_kernels.hpp"

#define DINOBENCH_COARSE [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx512vnni")]]

namespace dinobench::coarse_kernels {
namespace {

DINOBENCH_COARSE __mmask16 mask_from(int64_t at, int64_t dimension) {
  if (at + 16 <= dimension) return static_cast<__mmask16>(0xffff);
  return at >= dimension ? __mmask16{0} : static_cast<__mmask16>((1u << (dimension - at)) - 1);
}

int64_t padded(int64_t dimension) { return (dimension + 31) / 32 * 32; }

// The sums of a tile with a panel. In functions of their own, or GCC 12 spills half of them.
template <class T>
struct alignas(64) Sums {
  T of[kTile][2][16];
  T (*operator[](int query))[16] { return of[query]; }
};

DINOBENCH_COARSE [[gnu::noinline]] void multiply_bf16(const uint32_t* rows, const uint32_t* queries,
                                                      int64_t depth, Sums<float>& out) {
  __m512 sums[kTile][2];
#pragma GCC unroll 12
  for (int i = 0; i < kTile; ++i) sums[i][0] = sums[i][1] = _mm512_setzero_ps();
  for (int64_t word = 0; word < depth; ++word) {
    const __m512i rows0 = _mm512_load_si512(rows + word * 32);
    const __m512i rows1 = _mm512_load_si512(rows + word * 32 + 16);
#pragma GCC unroll 12
    for (int i = 0; i < kTile; ++i) {
      const __m512i own = _mm512_set1_epi32(static_cast<int>(queries[word * kTile + i]));
      sums[i][0] = _mm512_dpbf16_ps(sums[i][0], (__m512bh)own, (__m512bh)rows0);
      sums[i][1] = _mm512_dpbf16_ps(sums[i][1], (__m512bh)own, (__m512bh)rows1);
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < kTile; ++i) {
    _mm512_store_ps(out[i][0], sums[i][0]);
    _mm512_store_ps(out[i][1], sums[i][1]);
  }
}

DINOBENCH_COARSE [[gnu::noinline]] void multiply_int8(const uint32_t* rows, const uint32_t* queries,
                                                      int64_t depth, const int32_t* corrections,
                                                      Sums<int32_t>& out) {
  __m512i sums[kTile][2];
#pragma GCC unroll 12
  for (int i = 0; i < kTile; ++i) sums[i][0] = sums[i][1] = _mm512_set1_epi32(corrections[i]);
  for (int64_t word = 0; word < depth; ++word) {
    const __m512i rows0 = _mm512_load_si512(rows + word * 32);
    const __m512i rows1 = _mm512_load_si512(rows + word * 32 + 16);
#pragma GCC unroll 12
    for (int i = 0; i < kTile; ++i) {
      const __m512i own = _mm512_set1_epi32(static_cast<int>(queries[word * kTile + i]));
      sums[i][0] = _mm512_dpbusd_epi32(sums[i][0], rows0, own);
      sums[i][1] = _mm512_dpbusd_epi32(sums[i][1], rows1, own);
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < kTile; ++i) {
    _mm512_store_si512(out[i][0], sums[i][0]);
    _mm512_store_si512(out[i][1], sums[i][1]);
  }
}

DINOBENCH_COARSE [[gnu::noinline]] int64_t list(int32_t query, int32_t first_row, __mmask16 which,
                                                __m512 values, CoarseProducts::Hit* hits) {
  alignas(64) float lanes[16];
  _mm512_store_ps(lanes, values);
  int64_t found = 0;
  for (unsigned left = which; left != 0; left &= left - 1) {
    const int lane = __builtin_ctz(left);
    hits[found++] = {query, first_row + lane, lanes[lane]};
  }
  return found;
}

// What the values of a panel are compared with.
struct Borders {
  __m512 constants[2];
  __mmask16 valid[2];

  DINOBENCH_COARSE explicit Borders(const Panel& panel)
      : constants{_mm512_loadu_ps(panel.constants), _mm512_loadu_ps(panel.constants + 16)},
        valid{static_cast<__mmask16>(panel.valid), static_cast<__mmask16>(panel.valid >> 16)} {}

  DINOBENCH_COARSE int64_t note(const Tiles& tiles, int64_t query, __m512 value0, __m512 value1,
                                CoarseProducts::Hit* hits) const {
    const __m512 least = _mm512_set1_ps(tiles.thresholds[query]);
    const __mmask16 hit0 = _mm512_mask_cmp_ps_mask(valid[0], value0, least, _CMP_GE_OQ);
    const __mmask16 hit1 = _mm512_mask_cmp_ps_mask(valid[1], value1, least, _CMP_GE_OQ);
    if (_mm512_kunpackw(hit1, hit0) == 0) return 0;
    const auto at = static_cast<int32_t>(query);
    const int64_t found = list(at, 0, hit0, value0, hits);
    return found + list(at, 16, hit1, value1, hits + found);
  }
};

}  // namespace

DINOBENCH_COARSE Rounded round_bf16(const float* row, const float* centre, int64_t dimension,
                                    uint32_t* words) {
  __m512 dot = _mm512_setzero_ps(), norm2 = dot, residual2 = dot;
  for (int64_t i = 0; i < padded(dimension); i += 16) {
    const __mmask16 mask = mask_from(i, dimension);
    const __m512 value = _mm512_maskz_loadu_ps(mask, row + i);
    const __m512 mean = _mm512_maskz_loadu_ps(mask, centre + i);
    const __m512 rest = _mm512_sub_ps(value, mean);
    const __m256i half = (__m256i)_mm512_cvtneps_pbh(rest);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(words + i / 2), half);
    const __m512 back = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
    const __m512 lost = _mm512_sub_ps(rest, back);
    dot = _mm512_fmadd_ps(value, mean, dot);
    norm2 = _mm512_fmadd_ps(rest, rest, norm2);
    residual2 = _mm512_fmadd_ps(lost, lost, residual2);
  }
  return {_mm512_reduce_add_ps(dot), _mm512_reduce_add_ps(norm2), _mm512_reduce_add_ps(residual2),
          1, 0};
}

DINOBENCH_COARSE Rounded round_int8(const float* row, const float* centre, int64_t dimension,
                                    uint32_t* words) {
  __m512 largest = _mm512_setzero_ps();
  for (int64_t i = 0; i < dimension; i += 16) {
    const __mmask16 mask = mask_from(i, dimension);
    const __m512 rest = _mm512_sub_ps(_mm512_maskz_loadu_ps(mask, row + i),
                                      _mm512_maskz_loadu_ps(mask, centre + i));
    largest = _mm512_max_ps(largest, _mm512_abs_ps(rest));
  }
  const float most = _mm512_reduce_max_ps(largest);
  const float scale = most / 127, inverse = most > 1e-30F ? 127 / most : 0;
  __m512 dot = _mm512_setzero_ps(), norm2 = dot, residual2 = dot;
  __m512i sum = _mm512_setzero_si512();
  for (int64_t i = 0; i < padded(dimension); i += 16) {
    const __mmask16 mask = mask_from(i, dimension);
    const __m512 value = _mm512_maskz_loadu_ps(mask, row + i);
    const __m512 mean = _mm512_maskz_loadu_ps(mask, centre + i);
    const __m512 rest = _mm512_sub_ps(value, mean);
    const __m512i whole = _mm512_cvtps_epi32(_mm512_mul_ps(rest, _mm512_set1_ps(inverse)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(words + i / 4), _mm512_cvtsepi32_epi8(whole));
    sum = _mm512_add_epi32(sum, whole);
    const __m512 lost = _mm512_fnmadd_ps(_mm512_cvtepi32_ps(whole), _mm512_set1_ps(scale), rest);
    dot = _mm512_fmadd_ps(value, mean, dot);
    norm2 = _mm512_fmadd_ps(rest, rest, norm2);
    residual2 = _mm512_fmadd_ps(lost, lost, residual2);
  }
  return {_mm512_reduce_add_ps(dot), _mm512_reduce_add_ps(norm2), _mm512_reduce_add_ps(residual2),
          scale, _mm512_reduce_add_epi32(sum)};
}

DINOBENCH_COARSE void transpose(const uint32_t* lines, int64_t depth, uint32_t flip,
                                uint32_t* panel) {
  const __m512i places =
      _mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                         _mm512_set1_epi32(static_cast<int>(depth)));
  const __m512i change = _mm512_set1_epi32(static_cast<int>(flip));
  for (int64_t word = 0; word < depth; ++word)
    for (int64_t half = 0; half < 2; ++half) {
      const __m512i column = _mm512_i32gather_epi32(places, lines + half * 16 * depth + word, 4);
      _mm512_store_si512(panel + word * 32 + half * 16, _mm512_xor_si512(column, change));
    }
}

DINOBENCH_COARSE int64_t scan_bf16(const Panel& panel, const Tiles& tiles,
                                   CoarseProducts::Hit* hits) {
  Sums<float> sums;
  const Borders borders(panel);
  int64_t found = 0;
  for (int64_t tile = 0; tile < tiles.count; ++tile) {
    multiply_bf16(panel.words, tiles.words + tile * panel.depth * kTile, panel.depth, sums);
    for (int i = 0; i < kTile; ++i) {
      const __m512 value0 = _mm512_add_ps(_mm512_load_ps(sums[i][0]), borders.constants[0]);
      const __m512 value1 = _mm512_add_ps(_mm512_load_ps(sums[i][1]), borders.constants[1]);
      found += borders.note(tiles, tile * kTile + i, value0, value1, hits + found);
    }
  }
  return found;
}

DINOBENCH_COARSE int64_t scan_int8(const Panel& panel, const Tiles& tiles,
                                   CoarseProducts::Hit* hits) {
  Sums<int32_t> sums;
  const Borders borders(panel);
  const __m512 scale0 = _mm512_loadu_ps(panel.scales);
  const __m512 scale1 = _mm512_loadu_ps(panel.scales + 16);
  int64_t found = 0;
  for (int64_t tile = 0; tile < tiles.count; ++tile) {
    multiply_int8(panel.words, tiles.words + tile * panel.depth * kTile, panel.depth,
                  tiles.corrections + tile * kTile, sums);
    for (int i = 0; i < kTile; ++i) {
      const __m512 own = _mm512_set1_ps(tiles.scales[tile * kTile + i]);
      const __m512 value0 = _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_load_si512(sums[i][0])),
                                            _mm512_mul_ps(own, scale0), borders.constants[0]);
      const __m512 value1 = _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_load_si512(sums[i][1])),
                                            _mm512_mul_ps(own, scale1), borders.constants[1]);
      found += borders.note(tiles, tile * kTile + i, value0, value1, hits + found);
    }
  }
  return found;
}

}  // namespace dinobench::coarse_kernels
