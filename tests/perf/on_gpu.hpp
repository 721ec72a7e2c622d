// The one GPU of a benchmark, and what its cases share.
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <utility>

#include "backbones/device_copy.hpp"
#include "comm/gpu.hpp"
#include "core/kernels.hpp"
#include "tests/perf/best_time.hpp"
#include "tools/device.hpp"

namespace dinobench::perf {

inline const c10::Device kGpu(c10::DeviceType::CUDA, 0);

/// Why nothing can be measured on a GPU here; empty where it can.
inline std::string without_gpu() {
  const VisibleGpus gpus = visible_gpus();
  return gpus.count > 0 ? "" : "no GPU: " + gpus.problem;
}

/// The case `make` of our own kernels; each call of the step ends when the device has nothing to
/// do. The best call, divided by the `items` it handles.
inline int add_on_gpu(const char* name, std::function<std::function<void()>()> make,
                      double items = 1) {
  return add_measured(name, [make = std::move(make), items]() -> Measured {
    if (const std::string why = without_gpu(); !why.empty()) return {.skipped = why};
    if (kernel_build() != KernelBuild::cuda) return {.skipped = "a build without own kernels"};
    prepare_cuda(/*deterministic=*/false);
    const double seconds = best_time([step = make()] {
      step();
      wait_for(kGpu);
    });
    return {.seconds = seconds / items, .gpu_bytes = peak_gpu_bytes("cuda:0")};
  });
}

}  // namespace dinobench::perf
