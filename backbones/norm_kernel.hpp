// Residual, drop path and layer norm on a GPU: launches of norm_kernel.cu.
#pragma once

#include <cstdint>

#include "core/kernels.hpp"

namespace dinobench {

/// Device addresses of `rows` rows of `width`; streams are bfloat16 if `half`, else float32.
/// Forward: sum = x + scale * branch, normed = (sum - mean) / deviation * weight + bias. Statistics
/// are those of `sum` as it is stored.
struct NormArguments {
  int64_t rows, width;
  bool half;
  float epsilon;
  const void *x, *branch;  // branch null: sum = x, and `sum` is not written
  const float* scales;     // one factor of the branch for each `rows_per_scale` rows; null: all 1
  int64_t rows_per_scale;
  const float *weight, *bias;
  void *sum, *normed;
  float *mean, *inverse_deviation;  // [rows]

  const void *grad_sum, *grad_normed;  // grad_sum null: nothing comes back along the stream
  void *grad_x, *grad_branch;          // grad_branch null where it is grad_x
  int64_t blocks;                      // of the backward's first stage
  float* partials;                     // scratch [blocks, 2, width]
  float* grad_parameters;              // [2, width]: of weight and bias
};

/// Running sums of four rows fit into shared memory up to this width.
constexpr int64_t kWidestNorm = 1536;

LaunchProblem launch_norm(const NormArguments& arguments, void* stream);
LaunchProblem launch_norm_backward(const NormArguments& arguments, void* stream);

}  // namespace dinobench
