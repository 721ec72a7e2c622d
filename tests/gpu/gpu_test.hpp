// What the tests of the kernels share.
#pragma once

#include <ATen/CPUGeneratorImpl.h>

#include <iostream>

#include "core/kernels.hpp"
#include "tests/gpu/on_device.hpp"
#include "tests/test.hpp"

namespace dinobench::gpu_test {

inline at::Tensor random(at::IntArrayRef shape, uint64_t seed, double scale = 1) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn(shape, generator, at::kFloat) * scale;
}

/// |got - wanted| <= absolute + relative * |wanted| everywhere, in float64 on the host.
inline bool close(const at::Tensor& got, const at::Tensor& wanted, double relative,
                  double absolute) {
  const at::Tensor a = got.to(at::kCPU, at::kDouble), b = wanted.to(at::kCPU, at::kDouble);
  if (a.sizes() != b.sizes()) return false;
  const at::Tensor excess = (a - b).abs() - relative * b.abs() - absolute;
  const double worst = excess.numel() == 0 ? -1 : excess.max().item<double>();
  if (!(worst <= 0)) std::cout << "off by " << (a - b).abs().max().item<double>() << '\n';
  return worst <= 0;
}

}  // namespace dinobench::gpu_test
