// A thread keeps to its columns, so that the bias and its gradient stay in registers.
#include "backbones/gelu_kernel.hpp"
#include "core/column_sums.cuh"
#include "core/device.cuh"

namespace dinobench {
namespace gelu_kernel {
namespace {

using namespace device;

constexpr int kThreads = 128;

__device__ inline float normal_share(float x) {
  return 0.5F * (1 + erff(x * 0.70710678118654752F));
}

// x * P(N < x), and its derivative P(N < x) + x * density(x).
__device__ inline float gelu(float x) { return x * normal_share(x); }
__device__ inline float gelu_slope(float x) {
  return normal_share(x) + x * 0.39894228040143268F * expf(-0.5F * x * x);
}

// A strip of rows, a tile of columns.
struct Tile {
  int64_t column, first, last;

  __device__ Tile(const GeluArguments& a, int columns)
      : column(columns * (static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x)) {
    const int64_t each = (a.rows + a.strips - 1) / a.strips;
    first = blockIdx.y * each;
    last = first + each < a.rows ? first + each : a.rows;
  }
};

template <class T, int N>
__global__ void __launch_bounds__(kThreads) forward(GeluArguments a) {
  const Tile tile(a, N);
  if (tile.column >= a.width) return;
  float bias[N], v[N];
  load<N>(a.bias + tile.column, bias);
  for (int64_t row = tile.first; row < tile.last; ++row) {
    const int64_t at = row * a.width + tile.column;
    load<N>(static_cast<const T*>(a.x) + at, v);
    for (int j = 0; j < N; ++j) v[j] = gelu(v[j] + bias[j]);
    store<N>(v, static_cast<T*>(a.out) + at);
  }
}

template <class T, int N>
__global__ void __launch_bounds__(kThreads) backward(GeluArguments a) {
  const Tile tile(a, N);
  if (tile.column >= a.width) return;
  float bias[N], v[N], grad[N], sum[N] = {};
  load<N>(a.bias + tile.column, bias);
  for (int64_t row = tile.first; row < tile.last; ++row) {
    const int64_t at = row * a.width + tile.column;
    load<N>(static_cast<const T*>(a.x) + at, v);
    load<N>(static_cast<const T*>(a.grad_out) + at, grad);
    for (int j = 0; j < N; ++j) {
      grad[j] *= gelu_slope(v[j] + bias[j]);
      sum[j] += grad[j];
    }
    store<N>(grad, static_cast<T*>(a.grad_x) + at);
  }
  store<N>(sum, a.partials + blockIdx.y * a.width + tile.column);
}

dim3 grid_of(const GeluArguments& a, int columns) {
  return {blocks(a.width, static_cast<int64_t>(columns) * kThreads),
          static_cast<unsigned>(a.strips)};
}

template <class T, int N>
LaunchProblem forward_of(Access<T, N>, const GeluArguments& a, void* stream) {
  return launch(forward<T, N>, grid_of(a, N), kThreads, 0, stream, a);
}

template <class T, int N>
LaunchProblem backward_of(Access<T, N>, const GeluArguments& a, void* stream) {
  return launch(backward<T, N>, grid_of(a, N), kThreads, 0, stream, a);
}

bool packed(const GeluArguments& a) {
  return aligned({a.x, a.bias, a.out, a.grad_out, a.grad_x, a.partials}) && a.width % 4 == 0;
}

}  // namespace
}  // namespace gelu_kernel

LaunchProblem launch_gelu(const GeluArguments& a, void* stream) {
  using namespace gelu_kernel;
  return device::by_access<4>(a.half, packed(a),
                              [&](auto access) { return forward_of(access, a, stream); });
}

LaunchProblem launch_gelu_backward(const GeluArguments& a, void* stream) {
  using namespace gelu_kernel;
  LaunchProblem problem = device::by_access<4>(
      a.half, packed(a), [&](auto access) { return backward_of(access, a, stream); });
  if (problem == nullptr)
    problem = device::sum_columns(a.partials, a.strips, a.width, a.grad_bias, stream);
  return problem;
}

}  // namespace dinobench
