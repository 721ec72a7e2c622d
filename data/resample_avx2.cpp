// Resampling passes in AVX2, exact. A 22-bit weight is split into hi * 2^11 + lo; multiply-adds of
// 16-bit pairs then sum both parts without rounding, and the two sums join modulo 2^32, which is
// what one chain of 32-bit products would give.
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "data/fast.hpp"

namespace dinobench::fast {
namespace {

constexpr int split = 11;

int16_t low_part(int32_t weight) {
  return static_cast<int16_t>(((weight + (1 << (split - 1))) & ((1 << split) - 1)) -
                              (1 << (split - 1)));
}
int16_t high_part(int32_t weight) {
  return static_cast<int16_t>((weight - low_part(weight)) >> split);
}

/// Weights of four taps at a time, high parts then low parts: 16 bytes.
struct Group {
  std::array<int16_t, 4> high, low;
};

/// groups_per * outputs of them; taps beyond the used ones weigh nothing.
std::vector<Group> group_weights(const Taps& taps, int64_t groups_per) {
  std::vector<Group> groups(taps.first.size() * static_cast<size_t>(groups_per));
  for (size_t o = 0; o < taps.first.size(); ++o) {
    for (int32_t t = 0; t < taps.used[o]; ++t) {
      const int32_t weight =
          taps.weights[o * static_cast<size_t>(taps.most) + static_cast<size_t>(t)];
      Group& group = groups[o * static_cast<size_t>(groups_per) + static_cast<size_t>(t / 4)];
      group.high[static_cast<size_t>(t % 4)] = high_part(weight);
      group.low[static_cast<size_t>(t % 4)] = low_part(weight);
    }
  }
  return groups;
}

int64_t groups_needed(const Taps& taps) {
  int32_t used = 1;
  for (const int32_t count : taps.used) used = std::max(used, count);
  return (used + 3) / 4;
}

struct Sums {
  __m256i high, low;
};

[[gnu::target("avx2")]] inline __m256i broadcast(const std::array<int16_t, 4>& weights) {
  long long bits = 0;
  std::memcpy(&bits, weights.data(), sizeof(bits));
  return _mm256_set1_epi64x(bits);
}

/// Four pixels' R R R R G G G G | B B B B 0 0 0 0 as 16-bit words from 12 interleaved bytes.
[[gnu::target("avx2")]] inline __m256i spread_pixels() {
  constexpr char o = -1;
  return _mm256_setr_epi8(0, o, 3, o, 6, o, 9, o, 1, o, 4, o, 7, o, 10, o,  //
                          2, o, 5, o, 8, o, 11, o, o, o, o, o, o, o, o, o);
}

/// The sum, rounded to 8 bits before the clip: pairs R R G G | B B 0 0 still to be added up.
[[gnu::target("avx2")]] inline __m256i join(const Sums& sums) {
  return _mm256_add_epi32(_mm256_slli_epi32(sums.high, split), sums.low);
}

/// Clips four rows' sums and returns their pixels, R G B 0 each.
[[gnu::target("avx2")]] inline __m128i finish_four(const Sums* sums) {
  const __m256i half = _mm256_set1_epi32(1 << (Taps::precision - 1));
  __m256i first = _mm256_hadd_epi32(join(sums[0]), join(sums[1]));
  __m256i second = _mm256_hadd_epi32(join(sums[2]), join(sums[3]));
  first = _mm256_srai_epi32(_mm256_add_epi32(first, half), Taps::precision);
  second = _mm256_srai_epi32(_mm256_add_epi32(second, half), Taps::precision);
  const __m256i words = _mm256_packs_epi32(first, second);
  const __m256i bytes = _mm256_packus_epi16(words, words);
  return _mm_unpacklo_epi16(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
}

/// One output column of four rows that lie `stride` bytes apart in the padded scratch.
[[gnu::target("avx2")]] inline __m128i column_of_four(const uint8_t* at, int64_t stride,
                                                      const Group* groups, int64_t count) {
  const __m256i spread = spread_pixels();
  Sums sums[4];
  for (Sums& sum : sums) sum.high = sum.low = _mm256_setzero_si256();
  for (int64_t g = 0; g < count; ++g, at += 12) {
    const __m256i high = broadcast(groups[g].high), low = broadcast(groups[g].low);
    for (int row = 0; row < 4; ++row) {
      const __m128i raw = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + row * stride));
      const __m256i words = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(raw), spread);
      sums[row].high = _mm256_add_epi32(sums[row].high, _mm256_madd_epi16(words, high));
      sums[row].low = _mm256_add_epi32(sums[row].low, _mm256_madd_epi16(words, low));
    }
  }
  return finish_four(sums);
}

/// All columns of four rows of the scratch; `rows` of them are written.
[[gnu::target("avx2")]] void four_rows(const uint8_t* scratch, int64_t stride, const Taps& taps,
                                       const std::vector<Group>& groups, int64_t count, int rows,
                                       uint8_t* out) {
  const size_t width = taps.first.size();
  for (size_t o = 0; o < width; ++o) {
    alignas(16) uint8_t pixels[16];
    _mm_store_si128(reinterpret_cast<__m128i*>(pixels),
                    column_of_four(scratch + 3 * taps.first[o], stride,
                                   &groups[o * static_cast<size_t>(count)], count));
    // Four bytes are faster than three; the next column overwrites the fourth.
    const size_t bytes = o + 1 < width ? 4 : 3;
    for (int row = 0; row < rows; ++row) {
      std::memcpy(out + (static_cast<size_t>(row) * width + o) * 3, pixels + 4 * row, bytes);
    }
  }
}

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
    for (int k = 0; k < 4; ++k) {
      sums[k].high = _mm256_add_epi32(sums[k].high, _mm256_madd_epi16(words[k], high));
      sums[k].low = _mm256_add_epi32(sums[k].low, _mm256_madd_epi16(words[k], low));
    }
  }
  const __m256i half = _mm256_set1_epi32(1 << (Taps::precision - 1));
  __m256i done[4];
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

/// Rows shorter than a block are widened in a copy.
void copy_rows(Pixels in, int64_t first, int64_t rows, int64_t stride, uint8_t* out) {
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t from = std::min(first + row, in.height - 1);
    std::memcpy(out + row * stride, in.row(from), static_cast<size_t>(3 * in.width));
  }
}

}  // namespace

bool available() {
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  return has_avx2;
}

void resample_across(Pixels in, const Taps& taps, uint8_t* out) {
  const int64_t count = groups_needed(taps), width = static_cast<int64_t>(taps.first.size());
  const std::vector<Group> groups = group_weights(taps, count);
  const int64_t stride = 3 * in.width + 64;  // whole groups read past the last tap
  std::vector<uint8_t> scratch(static_cast<size_t>(4 * stride));
  for (int64_t y = 0; y < in.height; y += 4) {
    copy_rows(in, y, 4, stride, scratch.data());
    const int rows = static_cast<int>(std::min<int64_t>(4, in.height - y));
    four_rows(scratch.data(), stride, taps, groups, count, rows, out + 3 * width * y);
  }
}

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
