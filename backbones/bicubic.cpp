// The taps of torch's bicubic kernel, laid out as matrices.
#include "backbones/bicubic.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "backbones/autocast.hpp"
#include "backbones/device_copy.hpp"

namespace dinobench {
namespace bicubic {
namespace {

// The convolution kernel of Keys (1981) at distance x.
template <class Number>
Number weight(Number x) {
  constexpr Number a = static_cast<Number>(-0.75);
  x = std::abs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

template <class Number>
void fill(Number* matrix, int64_t in, int64_t out, double scale) {
  const auto step = static_cast<Number>(1 / scale);
  for (int64_t d = 0; d < out; ++d) {
    // Fused, as torch's kernels are compiled: the last bit of a coordinate shows in the weights.
    constexpr auto half = static_cast<Number>(0.5);
    const Number source = std::fma(step, static_cast<Number>(d) + half, -half);
    const Number floor = std::floor(source);
    for (int64_t tap = -1; tap <= 2; ++tap) {
      const int64_t at = std::clamp<int64_t>(static_cast<int64_t>(floor) + tap, 0, in - 1);
      matrix[d * in + at] += weight(source - floor - static_cast<Number>(tap));
    }
  }
}

}  // namespace
}  // namespace bicubic

at::Tensor bicubic_matrix(int64_t in, int64_t out, double scale, c10::ScalarType dtype) {
  at::Tensor matrix = at::zeros({out, in}, dtype);
  if (dtype == at::kDouble) {
    bicubic::fill(matrix.mutable_data_ptr<double>(), in, out, scale);
  } else {
    bicubic::fill(matrix.mutable_data_ptr<float>(), in, out, scale);
  }
  return matrix;
}

BicubicResizing bicubic_resizing(const at::Tensor& grid, int64_t height, int64_t width,
                                 double row_scale, double column_scale) {
  const auto matrix = [&](int64_t in, int64_t out, double scale) {
    return upload(bicubic_matrix(in, out, scale, grid.scalar_type()), grid.device(),
                  grid.scalar_type());
  };
  return {matrix(grid.size(2), height, row_scale), matrix(grid.size(3), width, column_scale).t()};
}

at::Tensor resize_bicubic(const at::Tensor& grid, const BicubicResizing& resizing) {
  const AutocastScope exact(grid.device(), Precision::fp32);
  return at::matmul(resizing.down, at::matmul(grid, resizing.across));
}

}  // namespace dinobench
