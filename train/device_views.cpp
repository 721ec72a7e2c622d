// One buffer up, one launch.
#include "train/device_views.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include "backbones/device_copy.hpp"
#include "backbones/kernel_call.hpp"
#include "core/error.hpp"
#include "data/view_kernel.hpp"

namespace dinobench {

at::Tensor buffer_of(PackedViews& packed) {
  return at::from_blob(packed.buffer.data(), {static_cast<int64_t>(packed.buffer.size())},
                       at::kByte);
}

at::Tensor make_device_views(const PackedViews& packed, const at::Tensor& buffer,
                             c10::ScalarType dtype) {
  require(dtype == at::kFloat || dtype == at::kBFloat16,
          "views on {}: float32 or bfloat16 was expected", buffer.device().str());
  const KernelCall call(buffer, "views");
  const at::Tensor out = at::empty({packed.values}, buffer.options().dtype(dtype));
  const at::Tensor scratch = at::empty({packed.scratch_bytes}, buffer.options());
  const ViewArguments arguments{
      buffer.const_data_ptr<uint8_t>(),    packed.views,   packed.table,
      scratch.mutable_data_ptr<uint8_t>(), out.data_ptr(), dtype == at::kBFloat16};
  call.check(launch_views(arguments, call.stream()));
  return out;
}

at::Tensor make_device_views(std::span<const ViewRequest> requests, c10::Device device,
                             c10::ScalarType dtype) {
  PackedViews packed = pack_views(requests);
  return make_device_views(packed, upload(buffer_of(packed), device, at::kByte), dtype);
}

}  // namespace dinobench
