// Rows are read once for their normalisers and once for the gradient; probabilities exist only in
// registers. A block takes a slice of the columns of one sample in all its views, so that the
// teacher's targets are made once for all of them.
#include "core/column_sums.cuh"
#include "core/device.cuh"
#include "methods/dino_loss_kernel.hpp"

namespace dinobench {
namespace dino_loss_kernel {
namespace {

using namespace device;

constexpr int kRowThreads = 512, kSliceThreads = 128, kColumnsThreads = 256, kTotalThreads = 512;

__device__ inline float block_max(float value) {
  __shared__ float parts[kWarp];
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  for (int o = kWarp / 2; o > 0; o /= 2)
    value = fmaxf(value, __shfl_xor_sync(kWholeWarp, value, o));
  __syncthreads();
  if (lane == 0) parts[warp] = value;
  __syncthreads();
  value = lane < static_cast<int>(blockDim.x) / kWarp ? parts[lane] : -INFINITY;
  for (int o = kWarp / 2; o > 0; o /= 2)
    value = fmaxf(value, __shfl_xor_sync(kWholeWarp, value, o));
  return value;
}

// exp(from - to) where -inf stands for "nothing yet".
__device__ inline float rescaling(float from, float to) {
  return from == -INFINITY ? 0 : expf(from - to);
}

// Running maximum u, sum of exp(z - u), and a second sum.
struct Running {
  float most = -INFINITY, sum = 0, other = 0;
};

/// Whether these values raise the maximum, to `most`.
template <int N>
__device__ inline bool raises(const Running& r, const float (&z)[N], float& most) {
  most = z[0];
  for (int j = 1; j < N; ++j) most = fmaxf(most, z[j]);
  return most > r.most;
}

// The teacher's second sum is of exp(z - u) (z - u), so that the entropy log(sum) - other / sum is
// no difference of large numbers.
__device__ inline void move_entropic(Running& r, float most) {
  const float scale = rescaling(r.most, most);
  r.other = scale == 0 ? 0 : scale * (r.other + r.sum * (r.most - most));
  r.sum *= scale;
  r.most = most;
}

template <class T, int N>
__global__ void __launch_bounds__(kRowThreads) teacher_rows(DinoLossArguments a) {
  const int64_t row = blockIdx.x;
  const T* logits = static_cast<const T*>(a.teacher) + row * a.classes;
  const auto inverse = static_cast<float>(1 / *a.teacher_temperature);
  Running r;
  for (int64_t k = N * threadIdx.x; k < a.classes; k += N * kRowThreads) {
    float u[N], center[N];
    load<N>(logits + k, u);
    load<N>(a.center + k, center);
    for (int j = 0; j < N; ++j) u[j] = (u[j] - center[j]) * inverse;
    float most;
    if (raises<N>(r, u, most)) move_entropic(r, most);
    for (int j = 0; j < N; ++j) {
      const float e = expf(u[j] - r.most);
      r.sum += e;
      r.other += e > 0 ? e * (u[j] - r.most) : 0;  // 0 of a class whose logit is -inf
    }
  }
  const float most = block_max(r.most);
  move_entropic(r, most);
  const float sum = block_sum(r.sum), weighted = block_sum(r.other);
  if (threadIdx.x != 0) return;
  a.teacher_rows[2 * row] = most;
  a.teacher_rows[2 * row + 1] = logf(sum);
  a.entropies[row] = logf(sum) - weighted / sum;
}

__global__ void __launch_bounds__(kTotalThreads)
    mean(const float* values, int64_t count, double divisor, float* out) {
  double sum = 0;
  for (int64_t i = threadIdx.x; i < count; i += kTotalThreads)
    sum += static_cast<double>(values[i]);
  sum = block_sum(sum);
  if (threadIdx.x == 0) *out = static_cast<float>(sum / divisor);
}

// Column sums of the teacher's rows: a slice of the rows a block, in column_sums.cuh the slices.
template <class T, int N>
__global__ void __launch_bounds__(kColumnsThreads) teacher_columns(DinoLossArguments a) {
  const int64_t k = N * (static_cast<int64_t>(blockIdx.x) * kColumnsThreads + threadIdx.x);
  if (k >= a.classes) return;
  const int64_t rows = 2 * a.samples;
  float sum[N] = {};
  for (int64_t row = blockIdx.y; row < rows; row += gridDim.y) {
    float z[N];
    load<N>(static_cast<const T*>(a.teacher) + row * a.classes + k, z);
    for (int j = 0; j < N; ++j) sum[j] += z[j];
  }
  store<N>(sum, a.column_partials + blockIdx.y * a.classes + k);
}

// A slice of columns and what the teacher's two rows of one sample need there.
template <class T, int N>
struct Targets {
  const T *first, *second;
  const float* center;
  float inverse, most[2], log_sum[2];
  int64_t begin, end;

  __device__ Targets(const DinoLossArguments& a, int64_t sample, int64_t slice) : center(a.center) {
    first = static_cast<const T*>(a.teacher) + sample * a.classes;
    second = first + a.samples * a.classes;
    inverse = static_cast<float>(1 / *a.teacher_temperature);
    for (int i = 0; i < 2; ++i) {
      const float* row = a.teacher_rows + 2 * (sample + i * a.samples);
      most[i] = row[0], log_sum[i] = row[1];
    }
    const int64_t packs = a.classes / N, each = (packs + a.slices - 1) / a.slices;
    begin = slice * each * N;
    end = begin + each * N < a.classes ? begin + each * N : a.classes;
  }

  /// The two teacher views' probabilities at columns k to k + N.
  __device__ void at(int64_t k, float (&q0)[N], float (&q1)[N]) const {
    float c[N];
    load<N>(first + k, q0);
    load<N>(second + k, q1);
    load<N>(center + k, c);
    for (int j = 0; j < N; ++j) {
      q0[j] = expf((q0[j] - c[j]) * inverse - most[0] - log_sum[0]);
      q1[j] = expf((q1[j] - c[j]) * inverse - most[1] - log_sum[1]);
    }
  }
};

// A global view is compared with the other one, a local view with both.
__device__ inline float target(int64_t view, float q0, float q1) {
  return view == 0 ? q1 : view == 1 ? q0 : q0 + q1;
}

template <class T, int N>
__global__ void __launch_bounds__(kSliceThreads) student_slices(DinoLossArguments a) {
  DYNAMIC_SHARED(Running, states);  // [views][threads]
  Running* own = states + threadIdx.x;
  for (int64_t v = 0; v < a.views; ++v) own[v * kSliceThreads] = Running();
  const int64_t sample = blockIdx.y;
  const Targets<T, N> targets(a, sample, blockIdx.x);
  const auto inverse = static_cast<float>(1 / a.student_temperature);
  for (int64_t k = targets.begin + N * threadIdx.x; k < targets.end; k += N * kSliceThreads) {
    float q0[N], q1[N];
    targets.at(k, q0, q1);
    for (int64_t v = 0; v < a.views; ++v) {
      float z[N];
      load<N>(static_cast<const T*>(a.student) + (v * a.samples + sample) * a.classes + k, z);
      Running r = own[v * kSliceThreads];
      for (int j = 0; j < N; ++j) z[j] *= inverse;
      float most;
      if (raises<N>(r, z, most)) r.sum *= rescaling(r.most, most), r.most = most;
      for (int j = 0; j < N; ++j) {
        r.sum += expf(z[j] - r.most);
        r.other += target(v, q0[j], q1[j]) * z[j];
      }
      own[v * kSliceThreads] = r;
    }
  }
  for (int64_t v = 0; v < a.views; ++v) {
    const Running r = own[v * kSliceThreads];
    const float most = block_max(r.most);
    const float sum = block_sum(r.sum * rescaling(r.most, most)), dot = block_sum(r.other);
    if (threadIdx.x != 0) continue;
    float* out = a.partials + ((sample * a.slices + blockIdx.x) * a.views + v) * 3;
    out[0] = most, out[1] = sum, out[2] = dot;
  }
}

// One thread a student row: its slices in order.
__global__ void __launch_bounds__(kSliceThreads) merge_slices(DinoLossArguments a) {
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kSliceThreads + threadIdx.x;
  if (row >= a.views * a.samples) return;
  const int64_t view = row / a.samples, sample = row % a.samples;
  const float* slices = a.partials + (sample * a.slices * a.views + view) * 3;
  const int64_t stride = 3 * a.views;
  float most = -INFINITY, sum = 0, dot = 0;
  for (int64_t s = 0; s < a.slices; ++s) most = fmaxf(most, slices[s * stride]);
  for (int64_t s = 0; s < a.slices; ++s) {
    sum += slices[s * stride + 1] * rescaling(slices[s * stride], most);
    dot += slices[s * stride + 2];
  }
  a.student_rows[2 * row] = most;
  a.student_rows[2 * row + 1] = logf(sum);
  const float mass = view < 2 ? 1 : 2;
  a.row_losses[row] = mass * logf(sum) + (mass * most - dot);
}

template <class T, int N>
__global__ void __launch_bounds__(kSliceThreads) backward(DinoLossArguments a) {
  const int64_t sample = blockIdx.y;
  const Targets<T, N> targets(a, sample, blockIdx.x);
  const auto inverse = static_cast<float>(1 / a.student_temperature);
  const auto pairs = static_cast<double>((2 * a.views - 2) * a.samples);
  const float factor = *a.upstream * static_cast<float>(1 / (pairs * a.student_temperature));
  for (int64_t k = targets.begin + N * threadIdx.x; k < targets.end; k += N * kSliceThreads) {
    float q0[N], q1[N];
    targets.at(k, q0, q1);
    for (int64_t v = 0; v < a.views; ++v) {
      const int64_t row = v * a.samples + sample, at = row * a.classes + k;
      const float most = a.student_rows[2 * row], log_sum = a.student_rows[2 * row + 1];
      const float mass = v < 2 ? 1 : 2;
      float z[N];
      load<N>(static_cast<const T*>(a.student) + at, z);
      for (int j = 0; j < N; ++j) {
        const float p = expf(z[j] * inverse - most - log_sum);
        z[j] = (mass * p - target(v, q0[j], q1[j])) * factor;
      }
      store<N>(z, static_cast<T*>(a.gradient) + at);
    }
  }
}

template <class T, int N>
LaunchProblem teacher(Access<T, N>, const DinoLossArguments& a, void* stream) {
  const auto rows = static_cast<unsigned>(2 * a.samples);
  const dim3 columns(blocks(a.classes, N * kColumnsThreads), static_cast<unsigned>(a.row_slices));
  LaunchProblem problem = launch(teacher_rows<T, N>, dim3(rows), kRowThreads, 0, stream, a);
  if (problem == nullptr)
    problem = launch(teacher_columns<T, N>, columns, kColumnsThreads, 0, stream, a);
  return problem;
}

template <class T, int N>
LaunchProblem student(Access<T, N>, const DinoLossArguments& a, void* stream) {
  const dim3 grid(static_cast<unsigned>(a.slices), static_cast<unsigned>(a.samples));
  const size_t shared = static_cast<size_t>(a.views) * kSliceThreads * sizeof(Running);
  return launch(student_slices<T, N>, grid, kSliceThreads, shared, stream, a);
}

template <class T, int N>
LaunchProblem backward_of(Access<T, N>, const DinoLossArguments& a, void* stream) {
  const dim3 grid(static_cast<unsigned>(a.slices), static_cast<unsigned>(a.samples));
  return launch(backward<T, N>, grid, kSliceThreads, 0, stream, a);
}

// Sixteen bytes an access where every row begins at a multiple of them.
bool packed(const DinoLossArguments& a) {
  return aligned({a.student, a.teacher, a.center, a.gradient, a.column_partials}) &&
         a.classes % 8 == 0;
}

}  // namespace
}  // namespace dino_loss_kernel

LaunchProblem launch_dino_teacher(const DinoLossArguments& a, void* stream) {
  using namespace dino_loss_kernel;
  LaunchProblem problem = device::by_access<8>(
      a.half, packed(a), [&](auto access) { return teacher(access, a, stream); });
  const int64_t rows = 2 * a.samples;
  if (problem == nullptr)
    problem = device::launch(mean, dim3(1), kTotalThreads, 0, stream, a.entropies, rows,
                             static_cast<double>(rows), a.entropy);
  if (problem == nullptr)
    problem =
        device::sum_columns(a.column_partials, a.row_slices, a.classes, a.column_sums, stream);
  return problem;
}

LaunchProblem launch_dino_student(const DinoLossArguments& a, void* stream) {
  using namespace dino_loss_kernel;
  LaunchProblem problem = device::by_access<8>(
      a.half, packed(a), [&](auto access) { return student(access, a, stream); });
  const int64_t rows = a.views * a.samples;
  if (problem == nullptr)
    problem = device::launch(merge_slices, dim3(device::blocks(rows, kSliceThreads)), kSliceThreads,
                             0, stream, a);
  const auto pairs = static_cast<double>((2 * a.views - 2) * a.samples);
  if (problem == nullptr)
    problem =
        device::launch(mean, dim3(1), kTotalThreads, 0, stream, a.row_losses, rows, pairs, a.loss);
  return problem;
}

LaunchProblem launch_dino_backward(const DinoLossArguments& a, void* stream) {
  using namespace dino_loss_kernel;
  return device::by_access<8>(a.half, packed(a),
                              [&](auto access) { return backward_of(access, a, stream); });
}

}  // namespace dinobench
