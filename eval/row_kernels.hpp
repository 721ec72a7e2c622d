// Rows against one query, in the form of this processor: what nearest() and rankings decide by.
// Internal to eval/.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace dinobench::row_kernels {

/// out[i] = cosine(query, rows[i], dimension), the same bits in every form: the product of two
/// float32 is exact in float64, so a fused multiply-add rounds as the two steps do.
void cosines(const float* query, const float* const* rows, int64_t count, int64_t dimension,
             float* out);
void cosines_avx2(const float* query, const float* const* rows, int64_t count, int64_t dimension,
                  float* out);
void cosines_avx512(const float* query, const float* const* rows, int64_t count, int64_t dimension,
                    float* out);

/// Writes the places of values that are at least `least`, ascending; returns how many.
int64_t at_least(const float* values, int64_t count, float least, int32_t* places);
int64_t at_least_avx2(const float* values, int64_t count, float least, int32_t* places);
int64_t at_least_avx512(const float* values, int64_t count, float least, int32_t* places);

/// How many values are at least `least`.
int64_t count_at_least(const float* values, int64_t count, float least);
int64_t count_at_least_avx2(const float* values, int64_t count, float least);
int64_t count_at_least_avx512(const float* values, int64_t count, float least);

/// The largest float32 that is not above `value`.
inline float float_below(double value) {
  const auto nearest = static_cast<float>(value);
  return static_cast<double>(nearest) <= value
             ? nearest
             : std::nextafter(nearest, -std::numeric_limits<float>::infinity());
}

}  // namespace dinobench::row_kernels
