// One buffer up, one launch.
#include "train/device_views.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>

#include "backbones/device_copy.hpp"
#include "backbones/kernel_call.hpp"
#include "core/error.hpp"
#include "data/view_kernel.hpp"

namespace dinobench {

at::Tensor make_device_views(std::span<const ViewRequest> requests, c10::Device device,
                             c10::ScalarType dtype) {
  require(dtype == at::kFloat || dtype == at::kBFloat16,
          "views on {}: float32 or bfloat16 was expected", device.str());
  const PackedViews packed = pack_views(requests);
  const at::Tensor out =
      at::empty({packed.values}, at::TensorOptions().device(device).dtype(dtype));
  const KernelCall call(out, "views");
  const at::Tensor host = at::empty({static_cast<int64_t>(packed.buffer.size())}, at::kByte);
  std::copy(packed.buffer.begin(), packed.buffer.end(), host.mutable_data_ptr<uint8_t>());
  const at::Tensor buffer = upload(host, device, at::kByte);
  const at::Tensor scratch = at::empty({packed.scratch_bytes}, buffer.options());
  const ViewArguments arguments{
      buffer.const_data_ptr<uint8_t>(),    packed.views,   packed.table,
      scratch.mutable_data_ptr<uint8_t>(), out.data_ptr(), dtype == at::kBFloat16};
  call.check(launch_views(arguments, call.stream()));
  return out;
}

}  // namespace dinobench
