// In the executable in which emulation.hpp runs the kernels.
#include "core/kernels.hpp"
#include "tests/gpu/emulation.hpp"
#include "tests/gpu/on_device.hpp"

namespace dinobench {

KernelBuild kernel_build() { return KernelBuild::emulated; }

namespace gpu_test {

void on_kernel_device(const std::function<void(c10::Device)>& test) {
  emulation::in_every_order([&] { test(c10::Device(c10::DeviceType::CPU)); });
}

void on_kernel_device_once(const std::function<void(c10::Device)>& test) {
  test(c10::Device(c10::DeviceType::CPU));
}

}  // namespace gpu_test
}  // namespace dinobench
