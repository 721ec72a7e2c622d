// Exact 22-bit weights in 16-bit multiply-adds. A weight is split into hi * 2^11 + lo; the sums of
// both parts are exact and join modulo 2^32, which is what one chain of 32-bit products would give.
// Internal to the resample_*_avx2.cpp files.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "data/resample.hpp"

namespace dinobench::fast {

inline constexpr int weight_split = 11;

inline int16_t low_part(int32_t weight) {
  return static_cast<int16_t>(((weight + (1 << (weight_split - 1))) & ((1 << weight_split) - 1)) -
                              (1 << (weight_split - 1)));
}
inline int16_t high_part(int32_t weight) {
  return static_cast<int16_t>((weight - low_part(weight)) >> weight_split);
}

struct Sums {
  __m256i high, low;
};

/// The sums of both parts as one.
[[gnu::target("avx2")]] inline __m256i join(const Sums& sums) {
  return _mm256_add_epi32(_mm256_slli_epi32(sums.high, weight_split), sums.low);
}

/// Copies rows to buffers `stride` bytes apart; past the last row it is repeated.
inline void copy_rows(Pixels in, int64_t first, int64_t rows, int64_t stride, uint8_t* out) {
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t from = std::min(first + row, in.height - 1);
    std::memcpy(out + row * stride, in.row(from), static_cast<size_t>(3 * in.width));
  }
}

}  // namespace dinobench::fast
