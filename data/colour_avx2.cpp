// Blends, grayscale, flip and solarise in AVX2; the last few pixels by the scalar rules.
#include <algorithm>

#include "data/fast.hpp"
#include "data/pixels_avx2.hpp"

namespace dinobench::fast {
namespace {

int64_t pixel_count(const Image& image) { return image.width * image.height; }

/// blend_8 of 32 bytes with one grey.
[[gnu::target("avx2")]] inline __m256i blend_32(const uint8_t* at, __m256i grey, __m256 factor) {
  __m256i mixed[4];
  for (int k = 0; k < 4; ++k) {
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(at + 8 * k));
    mixed[k] = blend_8(grey, _mm256_cvtepu8_epi32(bytes), factor);
  }
  const __m256i packed = _mm256_packus_epi16(_mm256_packs_epi32(mixed[0], mixed[1]),
                                             _mm256_packs_epi32(mixed[2], mixed[3]));
  return _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

/// Reverses whole blocks of five pixels into `out`; returns how many pixels were done. Every block
/// also writes the byte before it, which the next block, further left, puts right.
[[gnu::target("avx2")]] int64_t reverse_blocks(const uint8_t* in, int64_t width, uint8_t* out) {
  const __m128i order = _mm_setr_epi8(-1, 12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2);
  int64_t x = 0;
  for (; x + 6 <= width; x += 5) {
    const __m128i five = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 3 * x));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 3 * (width - x - 5) - 1),
                     _mm_shuffle_epi8(five, order));
  }
  return x;
}

}  // namespace

[[gnu::target("avx2")]] void blend_grey(Image& image, int grey, float factor) {
  uint8_t* const begin = image.pixels.data();
  const auto size = static_cast<int64_t>(image.pixels.size());
  int64_t at = 0;
  for (; at + 32 <= size; at += 32) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(begin + at),
                        blend_32(begin + at, _mm256_set1_epi32(grey), _mm256_set1_ps(factor)));
  }
  for (; at < size; ++at) begin[at] = blend(grey, begin[at], factor);
}

[[gnu::target("avx2")]] int64_t luma_sum(const Image& image) {
  const uint8_t* at = image.pixels.data();
  int64_t left = pixel_count(image), sum = 0;
  while (left >= load_reach) {
    const int64_t chunk = std::min<int64_t>((left - load_reach) / 8 + 1, int64_t{1} << 20);
    __m256i lanes = _mm256_setzero_si256();  // at most 2^20 * 255: no overflow
    for (int64_t i = 0; i < chunk; ++i, at += 24)
      lanes = _mm256_add_epi32(lanes, luma_8(load_8(at)));
    left -= 8 * chunk;
    alignas(32) int32_t parts[8];
    _mm256_store_si256(reinterpret_cast<__m256i*>(parts), lanes);
    for (const int32_t part : parts) sum += part;
  }
  for (; left > 0; --left, at += 3) sum += luma(at);
  return sum;
}

[[gnu::target("avx2")]] void adjust_saturation(Image& image, float factor) {
  uint8_t* at = image.pixels.data();
  int64_t left = pixel_count(image);
  for (; left >= load_reach; left -= 8, at += 24) {
    const __m256i pixels = load_8(at), grey = luma_8(pixels);
    const __m256 f = _mm256_set1_ps(factor);
    const __m256i red = blend_8(grey, channel_of<0>(pixels), f);
    const __m256i green = _mm256_slli_epi32(blend_8(grey, channel_of<1>(pixels), f), 8);
    const __m256i blue = _mm256_slli_epi32(blend_8(grey, channel_of<2>(pixels), f), 16);
    store_8(at, _mm256_or_si256(_mm256_or_si256(red, green), blue));
  }
  for (; left > 0; --left, at += 3) {
    const int grey = luma(at);
    for (int channel = 0; channel < 3; ++channel) at[channel] = blend(grey, at[channel], factor);
  }
}

[[gnu::target("avx2")]] void to_grayscale(Image& image) {
  uint8_t* at = image.pixels.data();
  int64_t left = pixel_count(image);
  for (; left >= load_reach; left -= 8, at += 24) store_8_grey(at, luma_8(load_8(at)));
  for (; left > 0; --left, at += 3) std::fill_n(at, 3, static_cast<uint8_t>(luma(at)));
}

void flip_horizontal(Image& image) {
  const int64_t width = image.width;
  std::vector<uint8_t> line(static_cast<size_t>(3 * width + 16));
  uint8_t* const reversed = line.data() + 16;  // blocks write one byte before their place
  for (int64_t y = 0; y < image.height; ++y) {
    uint8_t* row = image.pixels.data() + 3 * width * y;
    for (int64_t x = reverse_blocks(row, width, reversed); x < width; ++x) {
      std::memcpy(reversed + 3 * (width - 1 - x), row + 3 * x, 3);
    }
    std::memcpy(row, reversed, static_cast<size_t>(3 * width));
  }
}

[[gnu::target("avx2")]] void solarize(Image& image, int threshold) {
  uint8_t* const begin = image.pixels.data();
  const auto size = static_cast<int64_t>(image.pixels.size());
  if (threshold > 255) return;
  const __m256i bound = _mm256_set1_epi8(static_cast<char>(std::max(threshold, 0)));
  int64_t at = 0;
  for (; at + 32 <= size; at += 32) {
    auto* place = reinterpret_cast<__m256i*>(begin + at);
    const __m256i values = _mm256_loadu_si256(place);
    const __m256i reached = _mm256_cmpeq_epi8(_mm256_max_epu8(values, bound), values);
    _mm256_storeu_si256(place, _mm256_xor_si256(values, reached));  // 255 - v flips all bits
  }
  for (; at < size; ++at) {
    if (begin[at] >= threshold) begin[at] = static_cast<uint8_t>(255 - begin[at]);
  }
}

}  // namespace dinobench::fast
