// Extended box passes in AVX2: the weighted sum of near and far pixels is a 16-bit multiply-add of
// weights split in 12-bit halves, exact modulo 2^32.
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "data/fast.hpp"

namespace dinobench::fast {
namespace {

/// The lines a pass reads: 2R+1 near ones, then the two far ones.
using Lines = std::array<const uint8_t*, 2 * max_blur_radius + 3>;

[[gnu::target("avx2")]] inline __m256i words_at(const uint8_t* at) {
  return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
}

struct Weights {
  __m256i high, low;  // (near, far) pairs of 16 bits
};

[[gnu::target("avx2")]] inline Weights split_weights(const BoxBlur& box) {
  const auto pair = [](uint32_t near, uint32_t far) { return static_cast<int>(near | far << 16); };
  return {_mm256_set1_epi32(pair(box.weight >> 12, box.far_weight >> 12)),
          _mm256_set1_epi32(pair(box.weight & 4095, box.far_weight & 4095))};
}

[[gnu::target("avx2")]] inline __m256i weigh(__m256i pairs, const Weights& weights) {
  const __m256i sum =
      _mm256_add_epi32(_mm256_slli_epi32(_mm256_madd_epi16(pairs, weights.high), 12),
                       _mm256_madd_epi16(pairs, weights.low));
  return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << 23)), 24);
}

[[gnu::target("avx2")]] inline __m128i box_16(const Lines& lines, int near_count, int64_t x,
                                              const Weights& weights) {
  __m256i near = words_at(lines[0] + x);
#pragma GCC unroll 4
  for (int k = 1; k < near_count; ++k) {
    near = _mm256_add_epi16(near, words_at(lines[static_cast<size_t>(k)] + x));
  }
  const auto far_at = static_cast<size_t>(near_count);
  const __m256i far =
      _mm256_add_epi16(words_at(lines[far_at] + x), words_at(lines[far_at + 1] + x));
  const __m256i left = weigh(_mm256_unpacklo_epi16(near, far), weights);
  const __m256i right = weigh(_mm256_unpackhi_epi16(near, far), weights);
  const __m256i words = _mm256_packus_epi32(left, right);
  return _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

/// `bytes` outputs, in whole blocks of 16: all buffers have room for the last one. A radius known
/// when this is compiled (-1: not known) keeps the line pointers in registers.
template <int known_radius>
[[gnu::target("avx2")]] void box_line_of(const Lines& lines, const BoxBlur& box, int64_t bytes,
                                         uint8_t* out) {
  const Weights weights = split_weights(box);
  const int radius = known_radius < 0 ? box.radius : known_radius;
  for (int64_t x = 0; x < bytes; x += 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + x),
                     box_16(lines, 2 * radius + 1, x, weights));
  }
}

void box_line(const Lines& lines, const BoxBlur& box, int64_t bytes, uint8_t* out) {
  if (box.radius == 0) return box_line_of<0>(lines, box, bytes, out);
  if (box.radius == 1) return box_line_of<1>(lines, box, bytes, out);
  box_line_of<-1>(lines, box, bytes, out);
}

/// A row with its end pixels repeated far enough on both sides.
void pad_row(uint8_t* row, int64_t width, int reach) {
  for (int k = 1; k <= reach; ++k) {
    std::memcpy(row - 3 * k, row, 3);
    std::memcpy(row + 3 * (width - 1 + k), row + 3 * (width - 1), 3);
  }
}

Lines lines_across(const uint8_t* row, int radius) {
  Lines lines{};
  for (int k = -radius; k <= radius; ++k) lines[static_cast<size_t>(k + radius)] = row + 3 * k;
  lines[static_cast<size_t>(2 * radius + 1)] = row - 3 * (radius + 1);
  lines[static_cast<size_t>(2 * radius + 2)] = row + 3 * (radius + 1);
  return lines;
}

Lines lines_down(const uint8_t* image, int64_t stride, int64_t height, int64_t y, int radius) {
  const auto row = [&](int64_t at) {
    return image + stride * std::clamp<int64_t>(at, 0, height - 1);
  };
  Lines lines{};
  for (int k = -radius; k <= radius; ++k) lines[static_cast<size_t>(k + radius)] = row(y + k);
  lines[static_cast<size_t>(2 * radius + 1)] = row(y - radius - 1);
  lines[static_cast<size_t>(2 * radius + 2)] = row(y + radius + 1);
  return lines;
}

}  // namespace

void box_blur_six(Image& image, const BoxBlur& box) {
  const int64_t bytes = 3 * image.width, stride = bytes + 32;  // room for whole blocks
  const int reach = box.radius + 1;
  // Kept for the next call, since fresh pages cost as much as a pass.
  thread_local std::vector<uint8_t> one, other;
  for (std::vector<uint8_t>* buffer : {&one, &other}) {
    const auto size = static_cast<size_t>(stride * image.height);
    if (buffer->size() < size) buffer->resize(size);
  }
  const size_t margin = static_cast<size_t>(3 * reach + 32);
  std::vector<uint8_t> lines[2] = {std::vector<uint8_t>(2 * margin + static_cast<size_t>(bytes)),
                                   std::vector<uint8_t>(2 * margin + static_cast<size_t>(bytes))};
  uint8_t* const row = lines[0].data() + margin;
  uint8_t* const next = lines[1].data() + margin;
  for (int64_t y = 0; y < image.height; ++y) {
    std::memcpy(row, image.pixels.data() + bytes * y, static_cast<size_t>(bytes));
    pad_row(row, image.width, reach);
    box_line(lines_across(row, box.radius), box, bytes, next);
    pad_row(next, image.width, reach);
    box_line(lines_across(next, box.radius), box, bytes, row);
    pad_row(row, image.width, reach);
    box_line(lines_across(row, box.radius), box, bytes, one.data() + stride * y);
  }
  for (int pass = 0; pass < 3; ++pass) {
    for (int64_t y = 0; y < image.height; ++y) {
      box_line(lines_down(one.data(), stride, image.height, y, box.radius), box, bytes,
               other.data() + stride * y);
    }
    one.swap(other);
  }
  for (int64_t y = 0; y < image.height; ++y) {
    std::memcpy(image.pixels.data() + bytes * y, one.data() + stride * y,
                static_cast<size_t>(bytes));
  }
}

}  // namespace dinobench::fast
