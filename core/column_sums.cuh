// The second stage of sums over rows: the blocks of a first stage left a partial sum a column each.
#pragma once

#include "core/device.cuh"

namespace dinobench::device {

constexpr int kColumnThreads = 256;

/// out[c] = sum over p of partials[p * columns + c], p in eight interleaved parts: in an order that
/// depends on nothing but `parts`.
static __global__ void __launch_bounds__(kColumnThreads)
    column_sums(const float* partials, int64_t parts, int64_t columns, float* out) {
  __shared__ float sums[kColumnThreads];
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int slice = static_cast<int>(threadIdx.x) / kWarp;
  const int64_t column = static_cast<int64_t>(blockIdx.x) * kWarp + lane;
  float sum = 0;
  if (column < columns) {
    for (int64_t p = slice; p < parts; p += kColumnThreads / kWarp)
      sum += partials[p * columns + column];
  }
  sums[threadIdx.x] = sum;
  __syncthreads();
  if (slice > 0 || column >= columns) return;
  for (int s = 1; s < kColumnThreads / kWarp; ++s) sum += sums[s * kWarp + lane];
  out[column] = sum;
}

inline LaunchProblem sum_columns(const float* partials, int64_t parts, int64_t columns, float* out,
                                 void* stream) {
  return launch(column_sums, dim3(blocks(columns, kWarp)), kColumnThreads, 0, stream, partials,
                parts, columns, out);
}

}  // namespace dinobench::device
