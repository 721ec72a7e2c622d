// Copies to an accelerator through c10's streams and events, which name no vendor.
#include "backbones/device_copy.hpp"

#include <ATen/ops/empty.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace dinobench {

DeviceCopy::DeviceCopy(c10::Device device) : device_(device) {
  if (device.is_cpu()) return;
  stream_ = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
}

at::Tensor DeviceCopy::start(const at::Tensor& host, c10::ScalarType dtype) {
  if (!stream_) return host.to(device_, dtype);
  // The allocator of pinned memory keeps a block until the copies out of it are done.
  const at::Tensor pinned =
      at::empty(host.sizes(), host.options().dtype(dtype).pinned_memory(true));
  pinned.copy_(host);
  const c10::StreamGuard beside(*stream_);
  // Allocated for this stream: memory that the current one still reads is not handed out here.
  at::Tensor out = at::empty(host.sizes(), at::TensorOptions().device(device_).dtype(dtype));
  out.copy_(pinned, /*non_blocking=*/true);
  under_way_.push_back(out);
  return out;
}

at::Tensor DeviceCopy::beside(const std::function<at::Tensor()>& work) {
  if (!stream_) return work();
  const c10::StreamGuard guard(*stream_);
  under_way_.push_back(work());
  return under_way_.back();
}

void DeviceCopy::arrive() {
  if (!stream_ || under_way_.empty()) return;
  const c10::Stream current = c10::impl::VirtualGuardImpl(device_.type()).getStream(device_);
  c10::Event done(device_.type());
  done.record(*stream_);
  done.block(current);
  // Freed later, their memory is not reused before the current stream is through with them.
  for (const at::Tensor& tensor : under_way_) tensor.record_stream(current);
  under_way_.clear();
}

void wait_for(c10::Device device) {
  if (!device.is_cpu())
    c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index());
}

at::Tensor upload(const at::Tensor& host, c10::Device device, c10::ScalarType dtype) {
  if (device.is_cpu()) return host.to(dtype);
  return host.to(dtype).pin_memory().to(device, dtype, /*non_blocking=*/true);
}

}  // namespace dinobench
