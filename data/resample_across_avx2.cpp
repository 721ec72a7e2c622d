// The horizontal resampling pass in AVX2: four rows at a time share the weights of a column.
#include <algorithm>
#include <array>

#include "data/fast.hpp"
#include "data/split_weights_avx2.hpp"

namespace dinobench::fast {
namespace {

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
#pragma GCC unroll 4
  for (Sums& sum : sums) sum.high = sum.low = _mm256_setzero_si256();
  for (int64_t g = 0; g < count; ++g, at += 12) {
    const __m256i high = broadcast(groups[g].high), low = broadcast(groups[g].low);
#pragma GCC unroll 4
    for (int row = 0; row < 4; ++row) {
      const __m128i raw = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + row * stride));
      const __m256i words = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(raw), spread);
      sums[row].high = _mm256_add_epi32(sums[row].high, _mm256_madd_epi16(words, high));
      sums[row].low = _mm256_add_epi32(sums[row].low, _mm256_madd_epi16(words, low));
    }
  }
  return finish_four(sums);
}

/// Where four output rows go.
using FourRows = std::array<uint8_t*, 4>;

/// Writes a column to the four rows: `bytes` is 4 where a next column overwrites the fourth,
/// else 3.
template <size_t bytes>
[[gnu::target("avx2")]] inline void put_column(__m128i pixels, const FourRows& out, size_t column) {
  const int32_t lanes[4] = {_mm_cvtsi128_si32(pixels), _mm_extract_epi32(pixels, 1),
                            _mm_extract_epi32(pixels, 2), _mm_extract_epi32(pixels, 3)};
#pragma GCC unroll 4
  for (size_t row = 0; row < 4; ++row) std::memcpy(out[row] + 3 * column, &lanes[row], bytes);
}

/// All columns of the four rows in the scratch.
[[gnu::target("avx2")]] void four_rows(const uint8_t* scratch, int64_t stride, const Taps& taps,
                                       const Group* groups, int64_t count, const FourRows& out) {
  const size_t last = taps.first.size() - 1;
  for (size_t o = 0; o < last; ++o, groups += count) {
    put_column<4>(column_of_four(scratch + 3 * taps.first[o], stride, groups, count), out, o);
  }
  put_column<3>(column_of_four(scratch + 3 * taps.first[last], stride, groups, count), out, last);
}

}  // namespace

void resample_across(Pixels in, const Taps& taps, uint8_t* out) {
  const int64_t count = groups_needed(taps), width = static_cast<int64_t>(taps.first.size());
  const std::vector<Group> groups = group_weights(taps, count);
  // Every output reads `count` whole groups, at the right edge past the end of the row.
  const int64_t stride = 3 * in.width + 12 * count + 16;
  std::vector<uint8_t> scratch(static_cast<size_t>(4 * stride));
  std::vector<uint8_t> beyond(static_cast<size_t>(3 * width));  // takes rows past the last one
  for (int64_t y = 0; y < in.height; y += 4) {
    copy_rows(in, y, 4, stride, scratch.data());
    FourRows rows;
    for (int64_t row = 0; row < 4; ++row) {
      rows[static_cast<size_t>(row)] =
          y + row < in.height ? out + 3 * width * (y + row) : beyond.data();
    }
    four_rows(scratch.data(), stride, taps, groups.data(), count, rows);
  }
}

}  // namespace dinobench::fast
