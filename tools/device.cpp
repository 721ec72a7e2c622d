// Choice and numerics of the device, through interfaces that a CPU build has too.
#include "tools/device.hpp"

#include <ATen/Context.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <cstdlib>

#include "comm/gpu.hpp"
#include "comm/local_rank.hpp"
#include "core/error.hpp"

namespace dinobench {

void prepare_cuda(bool deterministic) {
  at::Context& torch = at::globalContext();
  torch.setAllowTF32CuBLAS(false);
  torch.setAllowTF32CuDNN(false);
  torch.setBenchmarkCuDNN(!deterministic);
  torch.setDeterministicCuDNN(deterministic);
  torch.setDeterministicAlgorithms(deterministic, /*warn_only=*/false);
  torch.setSDPUseCuDNN(!deterministic);  // the other attention kernels have a repeatable backward
  if (!deterministic) return;
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  setenv("NCCL_NVLS_ENABLE", "0", /*overwrite=*/0);  // sums inside the switch: order unknown
}

c10::Device choose_device(const std::string& name, const std::string& precision,
                          const Communicator& comm) {
  if (name == "cpu" || (name == "auto" && precision == "fp64"))
    return c10::Device(c10::DeviceType::CPU);
  const VisibleGpus gpus = visible_gpus();
  require(name != "cuda" || gpus.count > 0, "--device cuda: no GPU is visible: {}", gpus.problem);
  if (gpus.count == 0) return c10::Device(c10::DeviceType::CPU);
  const int local_rank = launcher_local_rank().value_or(comm.local_rank());
  const c10::Device device(c10::DeviceType::CUDA,
                           static_cast<c10::DeviceIndex>(local_rank % gpus.count));
  at::globalContext().lazyInitDevice(device.type());
  // Else pinned memory and events would open a context on GPU 0 in every process.
  c10::impl::VirtualGuardImpl(device.type()).setDevice(device);
  return device;
}

Precision choose_precision(const std::string& asked, c10::Device device) {
  if (asked == "auto") return device.is_cuda() ? Precision::bf16 : Precision::fp32;
  const Precision precision = precision_named(asked);
  require(precision != Precision::fp64 || device.is_cpu(),
          "--precision fp64 is for comparison runs on the CPU");
  return precision;
}

int64_t peak_gpu_bytes(const std::string& device) {
  if (device.rfind("cuda", 0) != 0) return 0;
  const c10::Device gpu(device);
  c10::DeviceAllocator* allocator = c10::getDeviceAllocator(gpu.type());
  if (!allocator->initialized()) return 0;
  const auto stats = allocator->getDeviceStats(gpu.index());
  constexpr auto all = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  return stats.allocated_bytes[all].peak;
}

}  // namespace dinobench
