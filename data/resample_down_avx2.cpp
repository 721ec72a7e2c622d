// The vertical resampling pass in AVX2: 32 bytes of a row at a time, two taps a multiply-add.
#include <algorithm>

#include "data/fast.hpp"
#include "data/split_weights_avx2.hpp"

namespace dinobench::fast {
namespace {

/// Weights of two taps as one 32-bit pair, high parts and low parts; an odd last tap is alone.
struct Pair {
  int32_t high, low;
};

Pair pair_of(int32_t first, int32_t second) {
  const auto join_words = [](int16_t a, int16_t b) {
    return static_cast<int32_t>(static_cast<uint32_t>(static_cast<uint16_t>(a)) |
                                static_cast<uint32_t>(static_cast<uint16_t>(b)) << 16);
  };
  return {join_words(high_part(first), high_part(second)),
          join_words(low_part(first), low_part(second))};
}

/// 32 bytes of one output row at byte `x` of the input rows.
[[gnu::target("avx2")]] inline __m256i down_32(Pixels in, int64_t first, int32_t used, int64_t x,
                                               const Pair* pairs) {
  const __m256i zero = _mm256_setzero_si256();
  Sums sums[4];
#pragma GCC unroll 4
  for (Sums& sum : sums) sum.high = sum.low = zero;
  for (int32_t t = 0; t < used; t += 2) {
    const uint8_t* upper = in.row(first + t) + x;
    const uint8_t* lower = t + 1 < used ? in.row(first + t + 1) + x : upper;
    const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(upper));
    const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(lower));
    const __m256i left = _mm256_unpacklo_epi8(a, b), right = _mm256_unpackhi_epi8(a, b);
    const __m256i words[4] = {_mm256_unpacklo_epi8(left, zero), _mm256_unpackhi_epi8(left, zero),
                              _mm256_unpacklo_epi8(right, zero), _mm256_unpackhi_epi8(right, zero)};
    const __m256i high = _mm256_set1_epi32(pairs[t / 2].high);
    const __m256i low = _mm256_set1_epi32(pairs[t / 2].low);
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      sums[k].high = _mm256_add_epi32(sums[k].high, _mm256_madd_epi16(words[k], high));
      sums[k].low = _mm256_add_epi32(sums[k].low, _mm256_madd_epi16(words[k], low));
    }
  }
  const __m256i half = _mm256_set1_epi32(1 << (Taps::precision - 1));
  __m256i done[4];
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    done[k] = _mm256_srai_epi32(_mm256_add_epi32(join(sums[k]), half), Taps::precision);
  }
  return _mm256_packus_epi16(_mm256_packs_epi32(done[0], done[1]),
                             _mm256_packs_epi32(done[2], done[3]));
}

/// One output row, `bytes` >= 32 of it; the last block overlaps the one before.
[[gnu::target("avx2")]] void down_row(Pixels in, int64_t first, int32_t used, const Pair* pairs,
                                      int64_t bytes, uint8_t* out) {
  for (int64_t x = 0; x < bytes; x += 32) {
    const int64_t at = std::min(x, bytes - 32);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + at), down_32(in, first, used, at, pairs));
  }
}

}  // namespace

void resample_down(Pixels in, const Taps& taps, uint8_t* out) {
  const int64_t bytes = 3 * in.width;
  std::vector<uint8_t> wide;
  Pixels rows = in;
  if (bytes < 32) {
    wide.resize(static_cast<size_t>(32 * in.height));
    copy_rows(in, 0, in.height, 32, wide.data());
    rows = {wide.data(), in.width, in.height, 32};
  }
  std::vector<Pair> pairs(static_cast<size_t>(taps.most / 2 + 1));
  uint8_t narrow[32];
  for (size_t y = 0; y < taps.first.size(); ++y) {
    const int32_t* weights = &taps.weights[y * static_cast<size_t>(taps.most)];
    const int32_t used = taps.used[y];
    for (int32_t t = 0; t < used; t += 2) {
      pairs[static_cast<size_t>(t / 2)] = pair_of(weights[t], t + 1 < used ? weights[t + 1] : 0);
    }
    uint8_t* target = out + static_cast<int64_t>(y) * bytes;
    down_row(rows, taps.first[y], used, pairs.data(), std::max<int64_t>(bytes, 32),
             bytes < 32 ? narrow : target);
    if (bytes < 32) std::memcpy(target, narrow, static_cast<size_t>(bytes));
  }
}

}  // namespace dinobench::fast
