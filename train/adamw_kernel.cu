// Decoupled decay, moments and update in torch's order (_fused_adamw_), the teacher and the bf16
// copies written while the values are at hand: 40 bytes a parameter, and 4 for the norms before.
#include "core/device.cuh"
#include "train/adamw_kernel.hpp"

namespace dinobench {
namespace adamw_kernel {
namespace {

using namespace device;

constexpr int kThreads = 256, kNormThreads = 32;

struct Range {
  const AdamWTensor* tensor;
  int64_t first, last;  // elements
};

__device__ inline Range range_of(const AdamWArguments& a, int64_t block) {
  const AdamWChunk chunk = a.chunks[block];
  const AdamWTensor* tensor = a.tensors + chunk.tensor;
  const int64_t first = chunk.index * kAdamWChunk;
  const int64_t rest = tensor->size - first;
  return {tensor, first, first + (rest < kAdamWChunk ? rest : kAdamWChunk)};
}

__device__ inline bool is_absent(const AdamWArguments& a, int32_t tensor) {
  return a.tensors[tensor].gradient == nullptr || (a.absent != nullptr && a.absent[tensor] != 0);
}

template <int N>
__device__ inline void load_gradient(const AdamWTensor& t, int64_t at, float (&to)[N]) {
  if (t.gradient_is_half != 0)
    load<N>(static_cast<const Half*>(t.gradient) + at, to);
  else
    load<N>(static_cast<const float*>(t.gradient) + at, to);
}

template <int N>
__device__ inline float squares(const Range& r) {
  float sum = 0, gradient[N];
  for (int64_t i = r.first + N * threadIdx.x; i + N <= r.last; i += N * blockDim.x) {
    load_gradient<N>(*r.tensor, i, gradient);
    for (int j = 0; j < N; ++j) sum += gradient[j] * gradient[j];
  }
  return sum;
}

__global__ void __launch_bounds__(kThreads) partial_norms(AdamWArguments a) {
  const Range r = range_of(a, blockIdx.x);
  float sum = 0;
  if (!is_absent(a, a.chunks[blockIdx.x].tensor)) {
    const bool whole = r.tensor->aligned != 0;
    if (whole) sum = squares<4>(r);
    const Range rest{r.tensor, whole ? r.last - (r.last - r.first) % 4 : r.first, r.last};
    sum += squares<1>(rest);
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) a.partial_squares[blockIdx.x] = sum;
}

// One warp a tensor: the partial sums in float64, in an order that never changes.
__global__ void __launch_bounds__(kNormThreads) finish_norms(AdamWArguments a) {
  const auto index = static_cast<int32_t>(blockIdx.x);
  const AdamWTensor& t = a.tensors[index];
  double sum = 0;
  for (int32_t c = static_cast<int32_t>(threadIdx.x); c < t.chunks; c += kNormThreads)
    sum += static_cast<double>(a.partial_squares[t.first_chunk + c]);
  sum = warp_sum(sum);
  if (threadIdx.x != 0) return;
  const bool absent = is_absent(a, index);
  const auto norm = static_cast<float>(sqrt(sum));
  const float bound = static_cast<float>(a.clip) / (norm + 1e-6F);
  a.norms[index] = norm;
  // As min(bound, 1) of torch: what is not a number stays one.
  a.factors[index] = a.clip == 0 || absent || bound > 1 ? 1 : bound;
  if (!absent) *t.step += 1;
}

// The numbers of one tensor's step, derived in float64 as torch does.
struct Rates {
  float clip, keep, beta1, beta2, one_less_beta1, one_less_beta2, step_size, root_correction2,
      epsilon, momentum, one_less_momentum;
};

__device__ inline Rates rates_of(const AdamWArguments& a, int32_t index) {
  const AdamWTensor& t = a.tensors[index];
  const double learning_rate = a.schedule[0], decay = t.decayed != 0 ? a.schedule[1] : 0;
  const double step = t.step == nullptr ? 1 : static_cast<double>(*t.step);
  Rates r;
  r.clip = a.factors[index];
  r.keep = static_cast<float>(1 - learning_rate * decay);
  r.beta1 = static_cast<float>(a.beta1), r.beta2 = static_cast<float>(a.beta2);
  r.one_less_beta1 = static_cast<float>(1 - a.beta1);
  r.one_less_beta2 = static_cast<float>(1 - a.beta2);
  r.step_size = static_cast<float>(learning_rate / (1 - pow(a.beta1, step)));
  r.root_correction2 = static_cast<float>(sqrt(1 - pow(a.beta2, step)));
  r.epsilon = static_cast<float>(a.epsilon);
  r.momentum = static_cast<float>(a.schedule[2]);
  r.one_less_momentum = static_cast<float>(1 - a.schedule[2]);
  return r;
}

template <int N>
__device__ inline void step_at(const AdamWTensor& t, const Rates& r, int64_t i, float (&p)[N]) {
  float g[N], m[N], v[N];
  load_gradient<N>(t, i, g);
  load<N>(t.exp_avg + i, m);
  load<N>(t.exp_avg_sq + i, v);
  for (int j = 0; j < N; ++j) {
    g[j] *= r.clip;
    p[j] *= r.keep;
    m[j] = r.beta1 * m[j] + r.one_less_beta1 * g[j];
    v[j] = r.beta2 * v[j] + r.one_less_beta2 * g[j] * g[j];
    p[j] -= r.step_size * m[j] / (sqrtf(v[j]) / r.root_correction2 + r.epsilon);
  }
  store<N>(m, t.exp_avg + i);
  store<N>(v, t.exp_avg_sq + i);
  store<N>(p, t.parameter + i);
  if (t.shadow != nullptr) store<N>(p, reinterpret_cast<Half*>(t.shadow) + i);
}

template <int N>
__device__ inline void follow(const AdamWTensor& t, const Rates& r, int64_t i,
                              const float (&p)[N]) {
  float teacher[N];
  load<N>(t.teacher + i, teacher);
  for (int j = 0; j < N; ++j) teacher[j] = r.momentum * teacher[j] + r.one_less_momentum * p[j];
  store<N>(teacher, t.teacher + i);
  if (t.teacher_shadow != nullptr) store<N>(teacher, reinterpret_cast<Half*>(t.teacher_shadow) + i);
}

template <int N>
__device__ inline void update_range(const Range& range, const Rates& r, bool absent) {
  const AdamWTensor& t = *range.tensor;
  float p[N];
  for (int64_t i = range.first + N * threadIdx.x; i + N <= range.last; i += N * blockDim.x) {
    load<N>(t.parameter + i, p);
    if (!absent) step_at<N>(t, r, i, p);
    if (t.teacher != nullptr) follow<N>(t, r, i, p);
  }
}

__global__ void __launch_bounds__(kThreads) update(AdamWArguments a) {
  __shared__ Rates rates;
  const int32_t index = a.chunks[blockIdx.x].tensor;
  if (threadIdx.x == 0) rates = rates_of(a, index);
  __syncthreads();
  const Rates r = rates;
  const Range range = range_of(a, blockIdx.x);
  const bool absent = is_absent(a, index), whole = range.tensor->aligned != 0;
  if (whole) update_range<4>(range, r, absent);
  const int64_t rest = whole ? range.last - (range.last - range.first) % 4 : range.first;
  update_range<1>({range.tensor, rest, range.last}, r, absent);
}

}  // namespace
}  // namespace adamw_kernel

LaunchProblem launch_adamw(const AdamWArguments& a, void* stream) {
  using namespace adamw_kernel;
  const dim3 chunks(static_cast<unsigned>(a.chunk_count));
  const dim3 tensors(static_cast<unsigned>(a.tensor_count));
  LaunchProblem problem = device::launch(partial_norms, chunks, kThreads, 0, stream, a);
  if (problem == nullptr)
    problem = device::launch(finish_norms, tensors, kNormThreads, 0, stream, a);
  if (problem == nullptr) problem = device::launch(update, chunks, kThreads, 0, stream, a);
  return problem;
}

}  // namespace dinobench
