// The devices that a test runs on: the CPU, and the first GPU where there is one.
#pragma once

#include <c10/core/Device.h>

#include <iostream>
#include <vector>

#include "comm/gpu.hpp"

namespace dinobench {

/// for (const c10::Device device : test_devices()) ...
inline const std::vector<c10::Device>& test_devices() {
  static const std::vector<c10::Device> devices = [] {
    std::vector<c10::Device> out{c10::Device(c10::DeviceType::CPU)};
    const VisibleGpus gpus = visible_gpus();
    if (gpus.count > 0) {
      out.emplace_back(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(0));
    } else {
      std::cout << "skipped: device tests on CUDA: " << gpus.problem << '\n';
    }
    return out;
  }();
  return devices;
}

}  // namespace dinobench
