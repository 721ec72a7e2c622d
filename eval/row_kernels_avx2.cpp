// Four float64 sums a register: two registers hold the eight parts of cosine().
#include <immintrin.h>

#include <algorithm>

#include "eval/row_kernels.hpp"

#define DINOBENCH_AVX2 [[gnu::target("avx2,fma")]]

namespace dinobench::row_kernels {
namespace avx2 {
namespace {

DINOBENCH_AVX2 __m256d widened(const float* at) { return _mm256_cvtps_pd(_mm_loadu_ps(at)); }

float total(const double* parts, const float* a, const float* b, int64_t from, int64_t dimension) {
  double first = parts[0];
  for (int64_t i = from; i < dimension; ++i)
    first += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  double sum = first;
  for (int part = 1; part < 8; ++part) sum += parts[part];
  return static_cast<float>(sum);
}

// `together` rows, so that the additions of one do not wait for each other.
template <int together>
DINOBENCH_AVX2 void some(const float* query, const float* const* rows, int64_t dimension,
                         float* out) {
  __m256d sums[together][2];
  for (int r = 0; r < together; ++r) sums[r][0] = sums[r][1] = _mm256_setzero_pd();
  const int64_t whole = dimension - dimension % 8;
  for (int64_t i = 0; i < whole; i += 8) {
    const __m256d low = widened(query + i), high = widened(query + i + 4);
#pragma GCC unroll 4
    for (int r = 0; r < together; ++r) {
      sums[r][0] = _mm256_fmadd_pd(low, widened(rows[r] + i), sums[r][0]);
      sums[r][1] = _mm256_fmadd_pd(high, widened(rows[r] + i + 4), sums[r][1]);
    }
  }
  for (int r = 0; r < together; ++r) {
    double parts[8];
    _mm256_storeu_pd(parts, sums[r][0]);
    _mm256_storeu_pd(parts + 4, sums[r][1]);
    out[r] = total(parts, query, rows[r], whole, dimension);
  }
}

}  // namespace
}  // namespace avx2

DINOBENCH_AVX2 void cosines_avx2(const float* query, const float* const* rows, int64_t count,
                                 int64_t dimension, float* out) {
  int64_t i = 0;
  for (; i + 4 <= count; i += 4) avx2::some<4>(query, rows + i, dimension, out + i);
  for (; i < count; ++i) avx2::some<1>(query, rows + i, dimension, out + i);
}

DINOBENCH_AVX2 int64_t at_least_avx2(const float* values, int64_t count, float least,
                                     int32_t* places) {
  const __m256 bound = _mm256_set1_ps(least);
  int64_t found = 0, i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 above = _mm256_cmp_ps(_mm256_loadu_ps(values + i), bound, _CMP_GE_OQ);
    for (auto left = static_cast<unsigned>(_mm256_movemask_ps(above)); left != 0; left &= left - 1)
      places[found++] = static_cast<int32_t>(i + __builtin_ctz(left));
  }
  for (; i < count; ++i)
    if (values[i] >= least) places[found++] = static_cast<int32_t>(i);
  return found;
}

DINOBENCH_AVX2 int64_t count_at_least_avx2(const float* values, int64_t count, float least) {
  const __m256 bound = _mm256_set1_ps(least);
  int64_t found = 0, i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 above = _mm256_cmp_ps(_mm256_loadu_ps(values + i), bound, _CMP_GE_OQ);
    found += __builtin_popcount(static_cast<unsigned>(_mm256_movemask_ps(above)));
  }
  for (; i < count; ++i) found += values[i] >= least;
  return found;
}

}  // namespace dinobench::row_kernels
