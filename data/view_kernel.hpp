// Random views on a GPU: the launch of view_kernel.cu and what it reads.
#pragma once

#include <cstdint>

#include "core/kernels.hpp"

namespace dinobench {

enum class ViewStepKind : int32_t {
  flip,
  brightness,
  contrast,
  saturation,
  hue,
  grayscale,
  blur,
  solarize
};

/// One operation in place: `factor` of a blend; `amount` the hue's steps or the threshold; the box
/// of a blur.
struct ViewStep {
  ViewStepKind kind;
  float factor;
  int32_t amount, radius;
  uint32_t weight, far_weight;
};

/// One pass of a resampling: for each of `size` outputs first[size] and used[size], then
/// weights[size][most], as int32 from byte `taps` on.
struct ViewPass {
  int32_t down;  // 0: along rows
  int32_t most;
  int64_t taps;
};

/// One view of size x size pixels; places are bytes from the beginning of the plan's buffer but for
/// `scratch` (bytes of the scratch) and `out` (values of the output, three planes).
struct ViewPlan {
  int64_t source, stride;  // first pixel of the box, bytes from row to row
  int32_t width, height;   // of the box
  int32_t size, passes, steps;
  ViewPass pass[2];
  ViewStep step[8];
  int64_t scratch, out;
};

/// Device addresses. A view needs 3 size^2 bytes of scratch twice, and what is between its passes.
struct ViewArguments {
  const uint8_t* buffer;  // plans first
  int64_t views, table;   // table: place of float [3][256], the normalised values
  uint8_t* scratch;
  void* out;  // float32, or bfloat16 if `half`
  bool half;
};

LaunchProblem launch_views(const ViewArguments& arguments, void* stream);

}  // namespace dinobench
