// The filter kernels and the 22-bit weights made of them.
#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "data/resample.hpp"

namespace dinobench {
namespace {

double bilinear(double x) {
  x = std::abs(x);
  return x < 1.0 ? 1.0 - x : 0.0;
}

// The cubic convolution kernel with a = -0.5 (torch's has -0.75).
double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= M_PI;
  return std::sin(x) / x;
}

double lanczos(double x) { return -3.0 <= x && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0; }

struct Kernel {
  double (*weight)(double);
  double support;
};

Kernel kernel_of(Filter filter) {
  switch (filter) {
    case Filter::bilinear:
      return {bilinear, 1.0};
    case Filter::bicubic:
      return {bicubic, 2.0};
    case Filter::lanczos:
      return {lanczos, 3.0};
    case Filter::nearest:
      break;
  }
  fail("the nearest filter has no weights");
}

int32_t to_fixed(double weight) {
  const double scaled = weight * (1 << Taps::precision);
  return static_cast<int32_t>(weight < 0 ? scaled - 0.5 : scaled + 0.5);  // half away from zero
}

}  // namespace

Passes plan_passes(Pixels in, float extent_x, float extent_y, int64_t width, int64_t height) {
  const bool across = width != in.width || extent_x != static_cast<float>(width);
  const bool down = height != in.height || extent_y != static_cast<float>(height);
  const int64_t rows = in.height - height, columns = std::max<int64_t>(in.width - width, 0);
  const Passes usual{across ? Pass::across : Pass::none, down ? Pass::down : Pass::none};
  return rows > 2 * columns ? Passes{usual[1], usual[0]} : usual;
}

Taps make_taps(int64_t in, float extent, int64_t out, Filter filter) {
  const Kernel kernel = kernel_of(filter);
  const double scale = static_cast<double>(extent) / static_cast<double>(out);
  const double stretch = std::max(scale, 1.0);  // antialiasing: wider kernels on reduction
  const double support = kernel.support * stretch, shrink = 1.0 / stretch;
  Taps taps;
  taps.most = static_cast<int64_t>(std::ceil(support)) * 2 + 1;
  taps.first.resize(static_cast<size_t>(out));
  taps.used.resize(static_cast<size_t>(out));
  taps.weights.assign(static_cast<size_t>(out * taps.most), 0);
  std::vector<double> weights(static_cast<size_t>(taps.most));
  for (int64_t o = 0; o < out; ++o) {
    const double centre = (static_cast<double>(o) + 0.5) * scale;
    const int64_t from = std::max<int64_t>(static_cast<int64_t>(centre - support + 0.5), 0);
    const int64_t to = std::min(static_cast<int64_t>(centre + support + 0.5), in);
    double sum = 0;
    for (int64_t i = from; i < to; ++i) {
      const double weight = kernel.weight((static_cast<double>(i) - centre + 0.5) * shrink);
      weights[static_cast<size_t>(i - from)] = weight;
      sum += weight;
    }
    taps.first[static_cast<size_t>(o)] = static_cast<int32_t>(from);
    taps.used[static_cast<size_t>(o)] = static_cast<int32_t>(to - from);
    for (int64_t t = 0; t < to - from; ++t) {
      const double weight = weights[static_cast<size_t>(t)];
      taps.weights[static_cast<size_t>(o * taps.most + t)] =
          to_fixed(sum != 0.0 ? weight / sum : weight);
    }
  }
  return taps;
}

}  // namespace dinobench
