// Minimising a smooth convex function, in float64, the same way every time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace dinobench {

struct LbfgsConfig {
  int64_t memory = 10;  // pairs of steps and changes of the gradient
  int64_t max_iterations = 2000;
  double tolerance = 1e-6;  // of the gradient's length, against that at the start
};

struct ValueAndGradient {
  double value;
  at::Tensor gradient;  // as the point
};

struct Minimum {
  at::Tensor point;
  double value, gradient_norm;
  int64_t iterations;
  bool converged;  // else the iterations ran out, or no step lowered the value any more
};

/// Limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.5) with a bisection for the weak Wolfe
/// conditions. start [n] float64; `function` is called at points of its shape. A value that is not
/// finite at the start is a run Error.
Minimum minimise(const std::function<ValueAndGradient(const at::Tensor& point)>& function,
                 const at::Tensor& start, const LbfgsConfig& config);

}  // namespace dinobench
