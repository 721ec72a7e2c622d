// A block keeps one query's list. Which rows are on it does not depend on the order in which
// threads add them; the decision sorts by similarity and row, so nothing does.
#include "core/device.cuh"
#include "eval/nearest_kernel.hpp"

namespace dinobench {
namespace nearest_kernel {
namespace {

using namespace device;

constexpr int kThreads = 256, kEach = 4, kDecisionThreads = 512, kLanes = 8;
constexpr int kRoom = static_cast<int>(kShortlistRoom);

// Floats in ascending order as unsigned numbers in ascending order, and back.
__device__ inline uint32_t ordered(float value) {
  const uint32_t bits = __float_as_uint(value);
  return (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
}
__device__ inline float unordered(uint32_t key) {
  return __uint_as_float((key >> 31) != 0 ? key & 0x7fffffffU : ~key);
}

struct List {
  float* values;
  int32_t* rows;

  __device__ List(const ShortlistArguments& a, int64_t query)
      : values(a.values + query * kShortlistRoom), rows(a.rows + query * kShortlistRoom) {}
};

// The k-th largest of `count` >= k values, byte by byte from the top. All threads call it.
__device__ float kth_largest(const float* values, int count, int k) {
  __shared__ int histogram[256];
  __shared__ uint32_t prefix;
  __shared__ int wanted;
  __syncthreads();
  if (threadIdx.x == 0) prefix = 0, wanted = k;
  uint32_t mask = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    for (int i = static_cast<int>(threadIdx.x); i < 256; i += static_cast<int>(blockDim.x))
      histogram[i] = 0;
    __syncthreads();
    for (int i = static_cast<int>(threadIdx.x); i < count; i += static_cast<int>(blockDim.x)) {
      const uint32_t key = ordered(values[i]);
      if ((key & mask) == prefix) atomicAdd(&histogram[key >> shift & 255], 1);
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      int bin = 255;
      while (histogram[bin] < wanted) wanted -= histogram[bin--];
      prefix |= static_cast<uint32_t>(bin) << shift;
    }
    mask |= 255U << shift;
    __syncthreads();
  }
  return unordered(prefix);
}

// Drops what is below the threshold; returns how many stay. In place: nothing is written beyond
// what every thread has read.
__device__ int drop_below(const List& list, int count, float threshold) {
  __shared__ int kept;
  __syncthreads();
  if (threadIdx.x == 0) kept = 0;
  for (int base = 0; base < count; base += static_cast<int>(blockDim.x)) {
    const int i = base + static_cast<int>(threadIdx.x);
    const float value = i < count ? list.values[i] : 0;
    const int32_t row = i < count ? list.rows[i] : 0;
    __syncthreads();
    if (i < count && value >= threshold) {
      const int place = atomicAdd(&kept, 1);
      list.values[place] = value, list.rows[place] = row;
    }
    __syncthreads();
  }
  return kept;
}

// The k-th best so far sets the threshold.
__device__ int tighten(const ShortlistArguments& a, const List& list, int count, float& threshold) {
  if (count < a.k) return count;
  threshold = kth_largest(list.values, count, static_cast<int>(a.k)) - a.margin;
  return drop_below(list, count, threshold);
}

__global__ void __launch_bounds__(kThreads) shortlist(ShortlistArguments a) {
  __shared__ int count;
  const int64_t query = blockIdx.x;
  const List list(a, query);
  const float* products = a.products + query * a.columns;
  float threshold = a.thresholds[query];
  if (threadIdx.x == 0) count = a.counts[query];
  __syncthreads();
  for (int64_t base = 0; base < a.columns; base += kThreads * kEach) {
    int now = count;
    __syncthreads();
    if (now + kThreads * kEach > kRoom) {
      now = tighten(a, list, now, threshold);
      if (threadIdx.x == 0) count = now;
      __syncthreads();
    }
    if (now + kThreads * kEach > kRoom) {
      if (threadIdx.x == 0) a.overfull[query] = 1;
      break;
    }
    for (int j = 0; j < kEach; ++j) {
      const int64_t column = base + j * kThreads + threadIdx.x;
      if (column >= a.columns || !(products[column] >= threshold)) continue;
      const int place = atomicAdd(&count, 1);
      list.values[place] = products[column];
      list.rows[place] = static_cast<int32_t>(a.first_row + column);
    }
    __syncthreads();
  }
  if (threadIdx.x == 0) a.counts[query] = count, a.thresholds[query] = threshold;
}

// cosine() of eval/neighbours.cpp: eight interleaved sums, one a thread, the rest of the row into
// the first, added in order. Products of two floats are exact in float64, so a fused multiply-add
// changes nothing. All threads of a warp call it.
__device__ inline float cosine(const float* a, const float* b, int64_t dimension) {
  const int lane = static_cast<int>(threadIdx.x) % kLanes;
  const int64_t whole = dimension - dimension % kLanes;
  double part = 0;
  for (int64_t i = lane; i < whole; i += kLanes)
    part += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  if (lane == 0) {
    for (int64_t i = whole; i < dimension; ++i)
      part += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  const int first = static_cast<int>(threadIdx.x) % kWarp - lane;
  double sum = 0;
  for (int l = 0; l < kLanes; ++l) sum += __shfl_sync(kWholeWarp, part, first + l);
  return static_cast<float>(sum);
}

// Ascending, `count` a power of two.
__device__ void sort(uint64_t* keys, int count) {
  for (int run = 2; run <= count; run *= 2) {
    for (int gap = run / 2; gap > 0; gap /= 2) {
      for (int i = static_cast<int>(threadIdx.x); i < count; i += kDecisionThreads) {
        const int other = i ^ gap;
        if (other < i) continue;
        const uint64_t low = keys[i], high = keys[other];
        if ((low > high) == ((i & run) == 0)) keys[i] = high, keys[other] = low;
      }
      __syncthreads();
    }
  }
}

// Similarity descending, then row ascending. Adding 0 makes -0 the 0 that it equals.
__device__ inline uint64_t key_of(float similarity, int32_t row) {
  return static_cast<uint64_t>(~ordered(similarity + 0.0F)) << 32 | static_cast<uint32_t>(row);
}

__global__ void __launch_bounds__(kDecisionThreads) decide(ShortlistArguments a) {
  __shared__ uint64_t keys[kRoom];
  const int64_t query = blockIdx.x;
  if (a.overfull[query] != 0) return;
  const List list(a, query);
  float threshold = a.thresholds[query];
  const int count = tighten(a, list, a.counts[query], threshold);
  int padded = 1;
  while (padded < count) padded *= 2;
  for (int base = 0; base < padded; base += kDecisionThreads / kLanes) {
    const int i = base + static_cast<int>(threadIdx.x) / kLanes;
    const int32_t row = list.rows[i < count ? i : 0];
    const float similarity =
        cosine(a.query_rows + query * a.dimension, a.bank + row * a.dimension, a.dimension);
    if (threadIdx.x % kLanes == 0 && i < padded)
      keys[i] = i < count ? key_of(similarity, row) : ~static_cast<uint64_t>(0);
  }
  __syncthreads();
  sort(keys, padded);
  for (int i = static_cast<int>(threadIdx.x); i < a.k; i += kDecisionThreads) {
    a.index[query * a.k + i] = static_cast<int64_t>(keys[i] & 0xffffffffU);
    a.similarity[query * a.k + i] = unordered(~static_cast<uint32_t>(keys[i] >> 32));
  }
}

}  // namespace
}  // namespace nearest_kernel

LaunchProblem launch_shortlist(const ShortlistArguments& a, void* stream) {
  using namespace nearest_kernel;
  return device::launch(shortlist, dim3(static_cast<unsigned>(a.queries)), kThreads, 0, stream, a);
}

LaunchProblem launch_decision(const ShortlistArguments& a, void* stream) {
  using namespace nearest_kernel;
  return device::launch(decide, dim3(static_cast<unsigned>(a.queries)), kDecisionThreads, 0, stream,
                        a);
}

}  // namespace dinobench
