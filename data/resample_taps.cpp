// The filter kernels and the 22-bit weights made of them.
#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "data/resample.hpp"

namespace dinobench {
namespace {

struct Bilinear {
  static constexpr double support = 1.0;
  static double weight(double x) {
    x = std::abs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
  }
};

// The cubic convolution kernel with a = -0.5 (torch's has -0.75).
struct Bicubic {
  static constexpr double support = 2.0;
  static double weight(double x) {
    constexpr double a = -0.5;
    x = std::abs(x);
    if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
    return 0.0;
  }
};

double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= M_PI;
  return std::sin(x) / x;
}

struct Lanczos {
  static constexpr double support = 3.0;
  static double weight(double x) { return -3.0 <= x && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0; }
};

int32_t to_fixed(double weight) {
  const double scaled = weight * (1 << Taps::precision);
  return static_cast<int32_t>(weight < 0 ? scaled - 0.5 : scaled + 0.5);  // half away from zero
}

template <class Kernel>
Taps taps_of(const Axis& axis) {
  const double scale = static_cast<double>(axis.extent) / static_cast<double>(axis.out);
  const double stretch = std::max(scale, 1.0);  // antialiasing: wider kernels on reduction
  const double support = Kernel::support * stretch, shrink = 1.0 / stretch;
  Taps taps;
  taps.most = static_cast<int64_t>(std::ceil(support)) * 2 + 1;
  taps.first.resize(static_cast<size_t>(axis.count));
  taps.used.resize(static_cast<size_t>(axis.count));
  taps.weights.assign(static_cast<size_t>(axis.count * taps.most), 0);
  std::vector<double> weights(static_cast<size_t>(taps.most));
  int32_t* fixed = taps.weights.data();
  for (int64_t o = 0; o < axis.count; ++o, fixed += taps.most) {
    const double centre = (static_cast<double>(axis.first + o) + 0.5) * scale;
    const int64_t from = std::max<int64_t>(static_cast<int64_t>(centre - support + 0.5), 0);
    const int64_t to = std::min(static_cast<int64_t>(centre + support + 0.5), axis.in);
    double sum = 0;
    for (int64_t i = from; i < to; ++i) {
      const double weight = Kernel::weight((static_cast<double>(i) - centre + 0.5) * shrink);
      weights[static_cast<size_t>(i - from)] = weight;
      sum += weight;
    }
    taps.first[static_cast<size_t>(o)] = static_cast<int32_t>(from);
    taps.used[static_cast<size_t>(o)] = static_cast<int32_t>(to - from);
    for (int64_t t = 0; t < to - from; ++t) {
      const double weight = weights[static_cast<size_t>(t)];
      fixed[t] = to_fixed(sum != 0.0 ? weight / sum : weight);
    }
  }
  return taps;
}

}  // namespace

Passes plan_passes(const Axis& x, const Axis& y) {
  const int64_t rows = y.in - y.out, columns = std::max<int64_t>(x.in - x.out, 0);
  const Passes usual{x.moves() ? Pass::across : Pass::none, y.moves() ? Pass::down : Pass::none};
  return rows > 2 * columns ? Passes{usual[1], usual[0]} : usual;
}

Span inputs_of(const Axis& axis, Filter filter) {
  if (!axis.moves()) return {axis.first, axis.count};
  Axis one = axis;
  one.count = 1;
  const int64_t low = make_taps(one, filter).first[0];
  one.first = axis.first + axis.count - 1;
  const Taps last = make_taps(one, filter);
  return {low, last.first[0] + last.used[0] - low};
}

Taps make_taps(const Axis& axis, Filter filter) {
  switch (filter) {
    case Filter::bilinear:
      return taps_of<Bilinear>(axis);
    case Filter::bicubic:
      return taps_of<Bicubic>(axis);
    case Filter::lanczos:
      return taps_of<Lanczos>(axis);
    case Filter::nearest:
      break;
  }
  fail("the nearest filter has no weights");
}

}  // namespace dinobench
