// torch's autocast state, set and restored.
#include "backbones/autocast.hpp"

#include <ATen/autocast_mode.h>

namespace dinobench {

AutocastScope::AutocastScope(c10::Device device, Precision precision)
    : device_(device.type()),
      enabled_before_(at::autocast::is_autocast_enabled(device.type())),
      dtype_before_(at::autocast::get_autocast_dtype(device.type())) {
  at::autocast::set_autocast_enabled(device_, is_half(precision));
  if (is_half(precision))
    at::autocast::set_autocast_dtype(device_,
                                     precision == Precision::bf16 ? at::kBFloat16 : at::kHalf);
  at::autocast::increment_nesting();
}

AutocastScope::~AutocastScope() {
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_dtype(device_, dtype_before_);
  at::autocast::set_autocast_enabled(device_, enabled_before_);
}

at::Tensor at_least_float(const at::Tensor& tensor) {
  const bool half = tensor.scalar_type() == at::kBFloat16 || tensor.scalar_type() == at::kHalf;
  return half ? tensor.to(at::kFloat) : tensor;
}

}  // namespace dinobench
