// What the tests of the kernels share: where the kernels of this executable run.
#pragma once

#include <ATen/CPUGeneratorImpl.h>

#include <functional>
#include <iostream>

#include "comm/gpu.hpp"
#include "core/kernels.hpp"
#include "tests/test.hpp"

namespace dinobench::gpu_test {

/// Calls `test` with the device whose kernels this executable has: the GPU, if there is one, else a
/// printed reason; or the CPU once for each order in which emulated threads and blocks can run.
void on_kernel_device(const std::function<void(c10::Device)>& test);

/// Calls it once: for what is made of kernels that have been tried in every order.
void on_kernel_device_once(const std::function<void(c10::Device)>& test);

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
