// The way from tensors to the GPU kernels: where they run, on which stream, and what went wrong.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/DeviceGuard.h>

#include "core/kernels.hpp"

namespace dinobench {

/// Whether this executable has kernels for the memory of this device: a GPU's in a CUDA build, the
/// host's where tests/gpu emulates them.
bool has_kernels(c10::Device device);
inline bool has_kernels(const at::Tensor& tensor) { return has_kernels(tensor.device()); }

/// const KernelCall call(x, "layer norm");      // x's device becomes the current one
/// call.check(launch_layer_norm(..., call.stream()));
class KernelCall {
 public:
  KernelCall(const at::Tensor& on, const char* name);  ///< Error unless has_kernels(on)
  void* stream() const { return stream_; }             ///< the current one, a cudaStream_t
  void check(LaunchProblem problem) const;             ///< run Error naming the kernel
  /// Input Error unless the tensor is contiguous, of this dtype and on this device.
  void expect(const at::Tensor& tensor, c10::ScalarType dtype, const char* what) const;

 private:
  c10::DeviceGuard guard_;
  c10::Device device_;
  const char* name_;
  void* stream_ = nullptr;
};

}  // namespace dinobench
