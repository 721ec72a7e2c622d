// One register holds the eight parts of cosine(); rows to come are fetched while others are summed.
#include <immintrin.h>

#include "eval/row_kernels.hpp"

#define DINOBENCH_AVX512 [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]]

namespace dinobench::row_kernels {
namespace avx512 {
namespace {

DINOBENCH_AVX512 __m512d widened(const float* at) { return _mm512_cvtps_pd(_mm256_loadu_ps(at)); }

DINOBENCH_AVX512 float total(__m512d sums, const float* a, const float* b, int64_t from,
                             int64_t dimension) {
  alignas(64) double parts[8];
  _mm512_store_pd(parts, sums);
  for (int64_t i = from; i < dimension; ++i)
    parts[0] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  double sum = parts[0];
  for (int part = 1; part < 8; ++part) sum += parts[part];
  return static_cast<float>(sum);
}

template <int together>
DINOBENCH_AVX512 void some(const float* query, const float* const* rows, const float* const* next,
                           int64_t dimension, float* out) {
  __m512d sums[together];
  for (int r = 0; r < together; ++r) sums[r] = _mm512_setzero_pd();
  const int64_t whole = dimension - dimension % 8;
  for (int64_t i = 0; i < whole; i += 8) {
    const __m512d own = widened(query + i);
#pragma GCC unroll 4
    for (int r = 0; r < together; ++r) {
      sums[r] = _mm512_fmadd_pd(own, widened(rows[r] + i), sums[r]);
      if (i % 16 == 0) _mm_prefetch(next[r] + i, _MM_HINT_T0);
    }
  }
  for (int r = 0; r < together; ++r) out[r] = total(sums[r], query, rows[r], whole, dimension);
}

}  // namespace
}  // namespace avx512

DINOBENCH_AVX512 void cosines_avx512(const float* query, const float* const* rows, int64_t count,
                                     int64_t dimension, float* out) {
  int64_t i = 0;
  for (; i + 4 <= count; i += 4)
    avx512::some<4>(query, rows + i, rows + (i + 8 <= count ? i + 4 : i), dimension, out + i);
  for (; i < count; ++i) avx512::some<1>(query, rows + i, rows + i, dimension, out + i);
}

DINOBENCH_AVX512 int64_t count_at_least_avx512(const float* values, int64_t count, float least) {
  const __m512 bound = _mm512_set1_ps(least);
  int64_t found = 0;
  for (int64_t i = 0; i < count; i += 16) {
    const auto there = static_cast<__mmask16>(count - i >= 16 ? 0xffff : (1 << (count - i)) - 1);
    const __m512 own = _mm512_maskz_loadu_ps(there, values + i);
    found += __builtin_popcount(_mm512_mask_cmp_ps_mask(there, own, bound, _CMP_GE_OQ));
  }
  return found;
}

DINOBENCH_AVX512 int64_t at_least_avx512(const float* values, int64_t count, float least,
                                         int32_t* places) {
  const __m512 bound = _mm512_set1_ps(least);
  int64_t found = 0;
  for (int64_t i = 0; i < count; i += 16) {
    const auto there = static_cast<__mmask16>(count - i >= 16 ? 0xffff : (1 << (count - i)) - 1);
    const __m512 own = _mm512_maskz_loadu_ps(there, values + i);
    unsigned left = _mm512_mask_cmp_ps_mask(there, own, bound, _CMP_GE_OQ);
    for (; left != 0; left &= left - 1)
      places[found++] = static_cast<int32_t>(i + __builtin_ctz(left));
  }
  return found;
}

}  // namespace dinobench::row_kernels
