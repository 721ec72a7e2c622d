// Normalising in AVX2 and FMA: division by a constant as a product and one correction of its
// remainder. That this gives the bits of a division is tested for all 256 values of each channel.
#include "data/fast.hpp"
#include "data/pixels_avx2.hpp"

namespace dinobench::fast {
namespace {

[[gnu::target("avx2,fma")]] inline __m256 divide(__m256 value, float divisor) {
  const __m256 reciprocal = _mm256_set1_ps(1.0F / divisor);
  const __m256 near = _mm256_mul_ps(value, reciprocal);
  const __m256 rest = _mm256_fnmadd_ps(near, _mm256_set1_ps(divisor), value);
  return _mm256_fmadd_ps(rest, reciprocal, near);
}

template <int channel>
[[gnu::target("avx2,fma")]] inline void put(__m256i pixels, float* out) {
  const __m256 scaled = divide(_mm256_cvtepi32_ps(channel_of<channel>(pixels)), 255.0F);
  const __m256 centred = _mm256_sub_ps(scaled, _mm256_set1_ps(channel_mean[channel]));
  _mm256_storeu_ps(out, divide(centred, channel_deviation[channel]));
}

}  // namespace

[[gnu::target("avx2,fma")]] void normalize(const Image& image, float* out) {
  const int64_t area = image.width * image.height;
  const uint8_t* in = image.pixels.data();
  int64_t i = 0;
  for (; area - i >= load_reach; i += 8) {
    const __m256i pixels = load_8(in + 3 * i);
    put<0>(pixels, out + i);
    put<1>(pixels, out + area + i);
    put<2>(pixels, out + 2 * area + i);
  }
  const NormalizeTable& table = normalize_table();
  for (; i < area; ++i) {
    for (int c = 0; c < 3; ++c) out[c * area + i] = table.values[c][in[3 * i + c]];
  }
}

}  // namespace dinobench::fast
