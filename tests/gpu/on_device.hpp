// Where the kernels of this executable run.
#pragma once

#include <c10/core/Device.h>

#include <functional>

namespace dinobench::gpu_test {

/// Calls `test` with the device whose kernels this executable has: the GPU, if there is one, else a
/// printed reason; or the CPU once for each order in which emulated threads and blocks can run.
void on_kernel_device(const std::function<void(c10::Device)>& test);

/// Calls it once: for what is made of kernels that have been tried in every order.
void on_kernel_device_once(const std::function<void(c10::Device)>& test);

}  // namespace dinobench::gpu_test
