// k largest of each row, in exact order: a radix select on unique 64-bit keys, then a sort of the k
// survivors.
#include <cuda_runtime.h>

#include "eval/topk_cuda.hpp"

namespace dinobench {
namespace {

constexpr int kThreads = 256;
constexpr int kMost = 1024;

// Larger key = nearer neighbour. The upper half orders as the float does, the lower half prefers
// the lower column, so keys are unique and ties are settled. Adding zero turns -0 into +0: the two
// are equal as similarities.
__device__ unsigned long long key_of(float value, long long column) {
  const unsigned bits = __float_as_uint(value + 0.0f);
  const unsigned ordered = (bits & 0x80000000u) ? ~bits : (bits | 0x80000000u);
  return (static_cast<unsigned long long>(ordered) << 32) |
         (0xffffffffu - static_cast<unsigned>(column));
}

__device__ float value_of(unsigned long long key) {
  const unsigned ordered = static_cast<unsigned>(key >> 32);
  return __uint_as_float((ordered & 0x80000000u) ? (ordered & 0x7fffffffu) : ~ordered);
}

// The k-th largest key of the row, found eight bits at a time from the top.
__device__ unsigned long long kth_key(const float* row, long long columns, int k) {
  __shared__ unsigned counts[256];
  __shared__ unsigned long long prefix;
  __shared__ int wanted;
  if (threadIdx.x == 0) {
    prefix = 0;
    wanted = k;
  }
  for (int shift = 56; shift >= 0; shift -= 8) {
    counts[threadIdx.x] = 0;
    __syncthreads();
    const unsigned long long high = shift == 56 ? 0 : ~0ull << (shift + 8);
    for (long long c = threadIdx.x; c < columns; c += kThreads) {
      const unsigned long long key = key_of(row[c], c);
      if ((key & high) == prefix) atomicAdd(&counts[(key >> shift) & 255], 1u);
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      int digit = 255;
      while (static_cast<int>(counts[digit]) < wanted) wanted -= static_cast<int>(counts[digit--]);
      prefix |= static_cast<unsigned long long>(digit) << shift;
    }
    __syncthreads();
  }
  return prefix;
}

// Bitonic sort, descending, of a power of two of keys in shared memory.
__device__ void sort_descending(unsigned long long* keys, int count) {
  for (int width = 2; width <= count; width *= 2) {
    for (int step = width / 2; step > 0; step /= 2) {
      for (int i = threadIdx.x; i < count; i += kThreads) {
        const int j = i ^ step;
        const bool descending = (i & width) == 0;
        if (j > i && (keys[i] < keys[j]) == descending) {
          const unsigned long long swapped = keys[i];
          keys[i] = keys[j];
          keys[j] = swapped;
        }
      }
      __syncthreads();
    }
  }
}

__global__ void topk_rows(const float* values, long long columns, int k, int padded,
                          float* out_values, long long* out_columns) {
  __shared__ unsigned long long best[kMost];
  __shared__ int found;
  const float* row = values + blockIdx.x * columns;
  const unsigned long long least = kth_key(row, columns, k);
  if (threadIdx.x == 0) found = 0;
  for (int i = threadIdx.x; i < padded; i += kThreads) best[i] = 0;
  __syncthreads();
  for (long long c = threadIdx.x; c < columns; c += kThreads) {
    const unsigned long long key = key_of(row[c], c);
    if (key >= least) best[atomicAdd(&found, 1)] = key;
  }
  __syncthreads();
  sort_descending(best, padded);
  for (int i = threadIdx.x; i < k; i += kThreads) {
    const long long at = static_cast<long long>(blockIdx.x) * k + i;
    out_values[at] = value_of(best[i]);
    out_columns[at] = 0xffffffffu - static_cast<unsigned>(best[i]);
  }
}

}  // namespace

const char* topk_rows_cuda(const float* values, int64_t rows, int64_t columns, int64_t k,
                           float* out_values, int64_t* out_columns, void* stream) {
  if (k < 1 || k > kMost || k > columns || columns > 0xffffffffll)
    return "k or columns out of range";
  int padded = 1;
  while (padded < k) padded *= 2;
  topk_rows<<<static_cast<unsigned>(rows), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      values, columns, static_cast<int>(k), padded, out_values,
      reinterpret_cast<long long*>(out_columns));
  const cudaError_t error = cudaGetLastError();
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}

}  // namespace dinobench
