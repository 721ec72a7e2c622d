// Test inputs and weights that any program can make: the hash of dino.md A.0.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "backbones/state.hpp"

namespace dinobench::portable {

/// u(t, i) in [0, 1).
inline double uniform(uint32_t t, uint32_t i) {
  uint32_t x = 2654435761u * i + 40503u * t + 12345u;
  x ^= x >> 16;
  x *= 2246822519u;
  x ^= x >> 13;
  x *= 3266489917u;
  x ^= x >> 16;
  return static_cast<double>(x) / 4294967296.0;
}

/// V(t, shape, s): float64, element i = 2 s (u(t, i) - 1/2).
inline at::Tensor values(uint32_t t, at::IntArrayRef shape, double s) {
  at::Tensor out = at::empty(shape, at::kDouble);
  double* data = out.mutable_data_ptr<double>();
  for (int64_t i = 0; i < out.numel(); ++i)
    data[i] = 2 * s * (uniform(t, static_cast<uint32_t>(i)) - 0.5);
  return out;
}

/// fill(base): one stream a tensor, in the order of the state; values rounded to float32.
inline void fill(const NamedTensors& state, uint32_t base) {
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : state) {
    const bool norm_weight = tensor.dim() == 1 && name.ends_with("weight");
    if (name.ends_with("weight_g")) {
      tensor.fill_(1);
    } else {
      const at::Tensor noise = values(base, tensor.sizes(), norm_weight ? 0.1 : 0.05);
      tensor.copy_((norm_weight ? noise + 1 : noise).to(at::kFloat));
    }
    ++base;
  }
}

}  // namespace dinobench::portable
