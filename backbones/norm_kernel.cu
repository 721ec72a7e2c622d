// A warp takes a row; what it reads again lies in shared memory or in the nearest cache.
#include "backbones/norm_kernel.hpp"
#include "core/column_sums.cuh"
#include "core/device.cuh"

namespace dinobench {
namespace norm_kernel {
namespace {

using namespace device;

constexpr int kWarps = 4, kThreads = kWarps * kWarp;

__device__ inline float scale_of(const NormArguments& a, int64_t row) {
  return a.scales == nullptr ? 1 : a.scales[row / a.rows_per_scale];
}

// What is stored in the stream's type, as it will be read back.
template <class T, int N>
__device__ inline void add_branch(const NormArguments& a, int64_t at, float scale, float (&v)[N]) {
  load<N>(static_cast<const T*>(a.x) + at, v);
  if (a.branch == nullptr) return;
  float branch[N];
  load<N>(static_cast<const T*>(a.branch) + at, branch);
  for (int j = 0; j < N; ++j) v[j] = to_float(from_float<T>(v[j] + scale * branch[j]));
  store<N>(v, static_cast<T*>(a.sum) + at);
}

template <class T, int N>
__global__ void __launch_bounds__(kThreads) forward(NormArguments a) {
  DYNAMIC_SHARED(float, cache);  // [warps][width]: each lane reads what it wrote itself
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int64_t start = N * (static_cast<int>(threadIdx.x) % kWarp), stride = N * kWarp;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kWarps + warp;
  if (row >= a.rows) return;
  float* own = cache + warp * a.width;
  const float scale = scale_of(a, row);
  float v[N], sum = 0, squares = 0;
  for (int64_t i = start; i < a.width; i += stride) {
    add_branch<T, N>(a, row * a.width + i, scale, v);
    store<N>(v, own + i);
    for (int j = 0; j < N; ++j) sum += v[j];
  }
  const float mean = warp_sum(sum) / static_cast<float>(a.width);
  for (int64_t i = start; i < a.width; i += stride) {
    load<N>(own + i, v);
    for (int j = 0; j < N; ++j) squares += (v[j] - mean) * (v[j] - mean);
  }
  const float variance = warp_sum(squares) / static_cast<float>(a.width);
  const float inverse = 1 / sqrtf(variance + a.epsilon);
  for (int64_t i = start; i < a.width; i += stride) {
    float weight[N], bias[N];
    load<N>(own + i, v);
    load<N>(a.weight + i, weight);
    load<N>(a.bias + i, bias);
    for (int j = 0; j < N; ++j) v[j] = (v[j] - mean) * inverse * weight[j] + bias[j];
    store<N>(v, static_cast<T*>(a.normed) + row * a.width + i);
  }
  if (threadIdx.x % kWarp != 0) return;
  a.mean[row] = mean;
  a.inverse_deviation[row] = inverse;
}

// One element's way back: g is the gradient of the normalised value.
template <class T, int N>
struct Row {
  const T *sums, *grads;
  float mean, inverse;

  __device__ Row(const NormArguments& a, int64_t row)
      : sums(static_cast<const T*>(a.sum) + row * a.width),
        grads(static_cast<const T*>(a.grad_normed) + row * a.width),
        mean(a.mean[row]),
        inverse(a.inverse_deviation[row]) {}

  __device__ void at(int64_t i, float (&normal)[N], float (&grad)[N]) const {
    load<N>(sums + i, normal);
    load<N>(grads + i, grad);
    for (int j = 0; j < N; ++j) normal[j] = (normal[j] - mean) * inverse;
  }
};

// The gradient of the sum, handed to x and, scaled, to the branch.
template <class T, int N>
__device__ inline void hand_back(const NormArguments& a, int64_t at, float scale,
                                 float (&grad)[N]) {
  if (a.grad_sum != nullptr) {
    float along[N];
    load<N>(static_cast<const T*>(a.grad_sum) + at, along);
    for (int j = 0; j < N; ++j) grad[j] += along[j];
  }
  store<N>(grad, static_cast<T*>(a.grad_x) + at);
  if (a.grad_branch == nullptr) return;
  for (int j = 0; j < N; ++j) grad[j] *= scale;
  store<N>(grad, static_cast<T*>(a.grad_branch) + at);
}

template <class T, int N>
__device__ inline void backward_row(const NormArguments& a, int64_t row, float* weight_sums,
                                    float* bias_sums) {
  const int64_t start = N * (static_cast<int>(threadIdx.x) % kWarp), stride = N * kWarp;
  const Row<T, N> r(a, row);
  float normal[N], grad[N], weight[N], sum = 0, dot = 0;
  for (int64_t i = start; i < a.width; i += stride) {
    r.at(i, normal, grad);
    load<N>(a.weight + i, weight);
    for (int j = 0; j < N; ++j) {
      weight_sums[i + j] += grad[j] * normal[j];
      bias_sums[i + j] += grad[j];
      sum += grad[j] * weight[j];
      dot += grad[j] * weight[j] * normal[j];
    }
  }
  sum = warp_sum(sum) / static_cast<float>(a.width);
  dot = warp_sum(dot) / static_cast<float>(a.width);
  const float scale = scale_of(a, row);
  for (int64_t i = start; i < a.width; i += stride) {
    r.at(i, normal, grad);
    load<N>(a.weight + i, weight);
    for (int j = 0; j < N; ++j) grad[j] = r.inverse * (grad[j] * weight[j] - sum - normal[j] * dot);
    hand_back<T, N>(a, row * a.width + i, scale, grad);
  }
}

template <class T, int N>
__global__ void __launch_bounds__(kThreads) backward(NormArguments a) {
  DYNAMIC_SHARED(float, sums);  // [warps][2][width]
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  for (int64_t i = threadIdx.x; i < 2 * kWarps * a.width; i += kThreads) sums[i] = 0;
  __syncthreads();
  float* own = sums + 2 * warp * a.width;
  for (int64_t row = static_cast<int64_t>(blockIdx.x) * kWarps + warp; row < a.rows;
       row += static_cast<int64_t>(gridDim.x) * kWarps)
    backward_row<T, N>(a, row, own, own + a.width);
  __syncthreads();
  float* out = a.partials + blockIdx.x * 2 * a.width;
  for (int64_t i = threadIdx.x; i < 2 * a.width; i += kThreads) {
    float sum = 0;
    for (int w = 0; w < kWarps; ++w) sum += sums[2 * w * a.width + i];
    out[i] = sum;
  }
}

template <class T, int N>
LaunchProblem forward_of(Access<T, N>, const NormArguments& a, void* stream) {
  const size_t shared = static_cast<size_t>(kWarps * a.width) * sizeof(float);
  return launch(forward<T, N>, dim3(blocks(a.rows, kWarps)), kThreads, shared, stream, a);
}

template <class T, int N>
LaunchProblem backward_of(Access<T, N>, const NormArguments& a, void* stream) {
  const size_t shared = static_cast<size_t>(2 * kWarps * a.width) * sizeof(float);
  return launch(backward<T, N>, dim3(static_cast<unsigned>(a.blocks)), kThreads, shared, stream, a);
}

bool packed(const NormArguments& a) {
  return aligned({a.x, a.branch, a.weight, a.bias, a.sum, a.normed, a.grad_sum, a.grad_normed,
                  a.grad_x, a.grad_branch}) &&
         a.width % 4 == 0;
}

}  // namespace
}  // namespace norm_kernel

LaunchProblem launch_norm(const NormArguments& a, void* stream) {
  using namespace norm_kernel;
  return device::by_access<4>(a.half, packed(a),
                              [&](auto access) { return forward_of(access, a, stream); });
}

LaunchProblem launch_norm_backward(const NormArguments& a, void* stream) {
  using namespace norm_kernel;
  LaunchProblem problem = device::by_access<4>(
      a.half, packed(a), [&](auto access) { return backward_of(access, a, stream); });
  if (problem == nullptr)
    problem = device::sum_columns(a.partials, a.blocks, 2 * a.width, a.grad_parameters, stream);
  return problem;
}

}  // namespace dinobench
