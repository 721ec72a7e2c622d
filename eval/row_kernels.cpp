// The portable forms, and the choice.
#include "eval/row_kernels.hpp"

#include "core/form.hpp"
#include "eval/neighbours.hpp"

namespace dinobench::row_kernels {

void cosines(const float* query, const float* const* rows, int64_t count, int64_t dimension,
             float* out) {
  if (form() >= Form::avx512) return cosines_avx512(query, rows, count, dimension, out);
  if (form() >= Form::avx2) return cosines_avx2(query, rows, count, dimension, out);
  for (int64_t i = 0; i < count; ++i) out[i] = cosine(query, rows[i], dimension);
}

int64_t at_least(const float* values, int64_t count, float least, int32_t* places) {
  if (form() >= Form::avx512) return at_least_avx512(values, count, least, places);
  if (form() >= Form::avx2) return at_least_avx2(values, count, least, places);
  int64_t found = 0;
  for (int64_t i = 0; i < count; ++i)
    if (values[i] >= least) places[found++] = static_cast<int32_t>(i);
  return found;
}

int64_t count_at_least(const float* values, int64_t count, float least) {
  if (form() >= Form::avx512) return count_at_least_avx512(values, count, least);
  if (form() >= Form::avx2) return count_at_least_avx2(values, count, least);
  int64_t found = 0;
  for (int64_t i = 0; i < count; ++i) found += values[i] >= least;
  return found;
}

}  // namespace dinobench::row_kernels
