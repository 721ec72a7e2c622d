// Streams come from c10, which names no vendor.
#include "backbones/kernel_call.hpp"

#include <c10/core/impl/VirtualGuardImpl.h>

#include "core/error.hpp"

namespace dinobench {

bool has_kernels(c10::Device device) {
  switch (kernel_build()) {
    case KernelBuild::cuda:
      return device.is_cuda();
    case KernelBuild::emulated:
      return device.is_cpu();
    case KernelBuild::none:
      break;
  }
  return false;
}

KernelCall::KernelCall(const at::Tensor& on, const char* name)
    : guard_(on.device()), device_(on.device()), name_(name) {
  require(has_kernels(on), "kernel {}: this executable has none for {}", name, device_.str());
  if (device_.is_cpu()) return;
  stream_ = c10::impl::VirtualGuardImpl(device_.type()).getStream(device_).native_handle();
}

void KernelCall::check(LaunchProblem problem) const {
  if (problem != nullptr) fail_run("kernel {} on {}: {}", name_, device_.str(), problem);
}

void KernelCall::expect(const at::Tensor& tensor, c10::ScalarType dtype, const char* what) const {
  require(tensor.defined() && tensor.scalar_type() == dtype && tensor.is_contiguous() &&
              tensor.device() == device_,
          "kernel {}: {} must be contiguous {} on {}", name_, what, c10::toString(dtype),
          device_.str());
}

}  // namespace dinobench
