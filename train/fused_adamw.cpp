// Tables of addresses, kept on the device while they hold.
#include "train/fused_adamw.hpp"

#include <ATen/ATen.h>

#include <cstring>

#include "backbones/kernel_call.hpp"
#include "core/error.hpp"
#include "train/adamw_kernel.hpp"

namespace dinobench {
namespace fused_adamw {
namespace {

template <class T>
T* address(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<T*>(tensor.data_ptr()) : nullptr;
}

AdamWTensor described(const FusedAdamWEntry& e) {
  const auto half = e.gradient.defined() && e.gradient.scalar_type() == at::kBFloat16;
  AdamWTensor out{address<float>(e.parameter),
                  address<void>(e.gradient),
                  address<float>(e.exp_avg),
                  address<float>(e.exp_avg_sq),
                  address<float>(e.step),
                  address<float>(e.teacher),
                  address<uint16_t>(e.shadow),
                  address<uint16_t>(e.teacher_shadow),
                  e.parameter.numel(),
                  0,
                  0,
                  half,
                  e.decayed,
                  1};
  const auto off = [](const void* at, uintptr_t bytes) {
    return reinterpret_cast<uintptr_t>(at) % bytes != 0;
  };
  for (const void* at :
       {static_cast<const void*>(out.parameter), static_cast<const void*>(out.exp_avg),
        static_cast<const void*>(out.exp_avg_sq), static_cast<const void*>(out.teacher)})
    if (off(at, 16)) out.aligned = 0;
  if (off(out.gradient, half ? 8 : 16) || off(out.shadow, 8) || off(out.teacher_shadow, 8))
    out.aligned = 0;
  return out;
}

void check(const KernelCall& call, const FusedAdamWEntry& e) {
  call.expect(e.parameter, at::kFloat, "a parameter");
  const auto like = [&](const at::Tensor& tensor, c10::ScalarType dtype, const char* what) {
    call.expect(tensor, dtype, what);
    require(tensor.numel() == e.parameter.numel(), "kernel adamw: {} has {} elements, not {}", what,
            tensor.numel(), e.parameter.numel());
  };
  if (e.gradient.defined()) {
    const bool half = e.gradient.scalar_type() == at::kBFloat16;
    like(e.gradient, half ? at::kBFloat16 : at::kFloat, "a gradient");
    like(e.exp_avg, at::kFloat, "exp_avg");
    like(e.exp_avg_sq, at::kFloat, "exp_avg_sq");
    call.expect(e.step, at::kFloat, "step");
  }
  if (e.teacher.defined()) like(e.teacher, at::kFloat, "a teacher's parameter");
  if (e.shadow.defined()) like(e.shadow, at::kBFloat16, "a shadow");
  if (e.teacher_shadow.defined()) like(e.teacher_shadow, at::kBFloat16, "a teacher's shadow");
}

template <class T>
at::Tensor bytes_of(const std::vector<T>& values) {
  at::Tensor out = at::empty({static_cast<int64_t>(values.size() * sizeof(T))}, at::kByte);
  std::memcpy(out.mutable_data_ptr<uint8_t>(), values.data(), values.size() * sizeof(T));
  return out;
}

}  // namespace
}  // namespace fused_adamw

FusedAdamW::FusedAdamW(double clip) : clip_(clip) {
  require(clip >= 0, "a clip of {}: expected 0 or more", clip);
}

void FusedAdamW::upload(const std::vector<FusedAdamWEntry>& entries) {
  std::vector<AdamWTensor> tensors;
  std::vector<AdamWChunk> chunks;
  for (const FusedAdamWEntry& entry : entries) {
    AdamWTensor tensor = fused_adamw::described(entry);
    tensor.first_chunk = static_cast<int32_t>(chunks.size());
    tensor.chunks = static_cast<int32_t>((tensor.size + kAdamWChunk - 1) / kAdamWChunk);
    for (int32_t i = 0; i < tensor.chunks; ++i)
      chunks.push_back({static_cast<int32_t>(tensors.size()), i});
    tensors.push_back(tensor);
  }
  const at::Tensor made = fused_adamw::bytes_of(tensors);
  if (host_table_.defined() && host_table_.equal(made)) return;
  host_table_ = made;
  const auto device = entries.front().parameter.device();
  const auto floats = at::TensorOptions().device(device).dtype(at::kFloat);
  table_ = made.to(device, /*dtype=*/at::kByte, /*non_blocking=*/false, /*copy=*/true);
  chunks_ = fused_adamw::bytes_of(chunks).to(device);
  partial_squares_ = at::empty({static_cast<int64_t>(chunks.size())}, floats);
  norms_ = at::zeros({static_cast<int64_t>(entries.size())}, floats);
  factors_ = at::ones({static_cast<int64_t>(entries.size())}, floats);
}

void FusedAdamW::step(const std::vector<FusedAdamWEntry>& entries, const at::Tensor& schedule,
                      const at::Tensor& absent) {
  if (entries.empty()) return;
  const auto count = static_cast<int64_t>(entries.size());
  const KernelCall call(entries.front().parameter, "adamw");
  for (const FusedAdamWEntry& entry : entries) fused_adamw::check(call, entry);
  call.expect(schedule, at::kDouble, "the schedule");
  require(schedule.numel() == 3, "kernel adamw: a schedule of {} values, not 3", schedule.numel());
  if (absent.defined()) call.expect(absent, at::kByte, "the absent flags");
  require(!absent.defined() || absent.numel() == count, "kernel adamw: {} flags for {} tensors",
          absent.defined() ? absent.numel() : 0, count);
  upload(entries);
  AdamWArguments a{};
  a.tensors = reinterpret_cast<const AdamWTensor*>(table_.const_data_ptr<uint8_t>());
  a.chunks = reinterpret_cast<const AdamWChunk*>(chunks_.const_data_ptr<uint8_t>());
  a.tensor_count = static_cast<int32_t>(count);
  a.chunk_count = static_cast<int32_t>(partial_squares_.numel());
  a.schedule = schedule.const_data_ptr<double>();
  a.absent = absent.defined() ? absent.const_data_ptr<uint8_t>() : nullptr;
  a.partial_squares = partial_squares_.mutable_data_ptr<float>();
  a.norms = norms_.mutable_data_ptr<float>();
  a.factors = factors_.mutable_data_ptr<float>();
  a.clip = clip_;
  a.beta1 = 0.9, a.beta2 = 0.999, a.epsilon = 1e-8;
  call.check(launch_adamw(a, call.stream()));
}

}  // namespace dinobench
