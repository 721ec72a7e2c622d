// In the CUDA executable: the first GPU, or nothing.
#include <iostream>

#include "comm/gpu.hpp"
#include "tests/gpu/on_device.hpp"

namespace dinobench::gpu_test {

void on_kernel_device(const std::function<void(c10::Device)>& test) {
  const VisibleGpus gpus = visible_gpus();
  if (gpus.count > 0) return test(c10::Device(c10::DeviceType::CUDA, 0));
  std::cout << "skipped: a kernel on a GPU: " << gpus.problem << '\n';
}

void on_kernel_device_once(const std::function<void(c10::Device)>& test) { on_kernel_device(test); }

}  // namespace dinobench::gpu_test
