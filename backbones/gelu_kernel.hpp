// Bias and exact GELU on a GPU: launches of gelu_kernel.cu.
#pragma once

#include <cstdint>

#include "core/kernels.hpp"

namespace dinobench {

/// Device addresses of `rows` rows of `width`, bfloat16 if `half`, else float32:
/// out = gelu(x + bias), and back.
struct GeluArguments {
  int64_t rows, width;
  bool half;
  const void* x;
  const float* bias;
  void* out;
  const void* grad_out;
  void* grad_x;      // may be grad_out itself
  int64_t strips;    // of rows; one partial sum of the bias each
  float* partials;   // scratch [strips, width]
  float* grad_bias;  // [width]
};

LaunchProblem launch_gelu(const GeluArguments& arguments, void* stream);
LaunchProblem launch_gelu_backward(const GeluArguments& arguments, void* stream);

}  // namespace dinobench
