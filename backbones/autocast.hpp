// Mixed precision as a scope: while it lives, products run in the half type.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "core/precision.hpp"

namespace dinobench {

/// const AutocastScope mixed(context.device, context.precision);
/// loss = method.loss(...);   // backward() belongs outside
///
/// torch's autocast on this kind of device for bf16 and fp16, switched off for the others. Scopes
/// nest; what was there before comes back at the end. The cached copies of float32 parameters live
/// as long as the outermost scope.
class AutocastScope {
 public:
  AutocastScope(c10::Device device, Precision precision);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  c10::DeviceType device_;
  bool enabled_before_;
  c10::ScalarType dtype_before_;
};

/// A half tensor as float32, every other tensor as it is: for what must not be computed in a half
/// type. CUDA's autocast widens softmax, norms and sums by itself; the CPU's does not.
at::Tensor at_least_float(const at::Tensor& tensor);

}  // namespace dinobench
