// AdamW over all tensors of a network at once, on a GPU: launches of adamw_kernel.cu.
#pragma once

#include <cstdint>

#include "core/kernels.hpp"

namespace dinobench {

/// One parameter as the kernels see it: device addresses of `size` elements, null where there is
/// no such thing.
struct AdamWTensor {
  float* parameter;
  const void* gradient;  // float32, or bfloat16 if gradient_is_half; null: never updated
  float *exp_avg, *exp_avg_sq, *step;  // `step` is one element: updates so far
  float* teacher;                      // follows the parameter
  uint16_t *shadow, *teacher_shadow;   // the new values in bfloat16
  int64_t size;
  int32_t first_chunk, chunks;                 // its part of the chunk table
  uint8_t gradient_is_half, decayed, aligned;  // aligned: all of it to four elements
};

/// A tensor is cut into chunks of kAdamWChunk elements; a block takes one.
constexpr int64_t kAdamWChunk = 16384;
struct AdamWChunk {
  int32_t tensor;
  int32_t index;  // of the chunk within its tensor
};

/// Everything on the device; what changes from step to step is read there, so that a CUDA graph can
/// replay the launches.
struct AdamWArguments {
  const AdamWTensor* tensors;
  const AdamWChunk* chunks;
  int32_t tensor_count, chunk_count;
  const double* schedule;  // learning rate, weight decay, teacher momentum
  const uint8_t* absent;   // [tensors] not 0: no update, no decay, no count; null: none is absent
  float* partial_squares;  // [chunks] scratch
  float *norms, *factors;  // [tensors] out: of the gradients, before clipping; 1 without clipping
  double clip;             // 0: no clipping
  double beta1, beta2, epsilon;
};

/// Gradient norms, clip factors min(1, clip / (norm + 1e-6)) and step counts; then the update.
LaunchProblem launch_adamw(const AdamWArguments& arguments, void* stream);

}  // namespace dinobench
