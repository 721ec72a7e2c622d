// A second, plain AdamW for tests that follow a method without the trainer (dino.md 6.2, 6.4).
#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <map>
#include <string>

#include "methods/method.hpp"

namespace dinobench {

/// Scales each gradient by limit / (norm + 1e-6) where that is below 1; returns how many were.
inline int64_t clip_each(const NamedTensors& parameters, double limit) {
  int64_t clipped = 0;
  for (const auto& [name, tensor] : parameters) {
    if (!tensor.grad().defined()) continue;
    const double factor = limit / (tensor.grad().norm().item<double>() + 1e-6);
    if (factor >= 1) continue;
    tensor.mutable_grad().mul_(factor);
    ++clipped;
  }
  return clipped;
}

/// Betas 0.9 and 0.999, epsilon 1e-8; the step count is each tensor's own; biases and 1-D tensors
/// do not decay; frozen tensors are not touched at all.
class PlainAdamW {
 public:
  void step(Method& method, const Progress& at, double rate, double decay) {
    const at::NoGradGuard no_grad;
    for (const auto& [name, p] : method.trainable()) {
      if (method.frozen(name, at) || !p.grad().defined()) continue;
      State& state = states_[name];
      if (!state.first.defined()) state = {at::zeros_like(p), at::zeros_like(p), 0};
      ++state.count;
      if (p.dim() > 1 && !name.ends_with(".bias")) p.mul_(1 - rate * decay);
      state.first.mul_(0.9).add_(p.grad(), 0.1);
      state.second.mul_(0.999).add_(p.grad().square(), 0.001);
      const double first_bias = 1 - std::pow(0.9, state.count);
      const double second_bias = std::sqrt(1 - std::pow(0.999, state.count));
      p.sub_(state.first / (state.second.sqrt() / second_bias + 1e-8), rate / first_bias);
    }
  }

 private:
  struct State {
    at::Tensor first, second;
    int64_t count = 0;
  };
  std::map<std::string, State> states_;
};

}  // namespace dinobench
