// GPUs as the CUDA runtime sees them.
#include <cuda_runtime_api.h>

#include "comm/gpu.hpp"
#include "core/error.hpp"

namespace dinobench {

std::string cuda_build_version() {
  return fmt::format("{}.{}", CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
}

VisibleGpus visible_gpus() {
  VisibleGpus out;
  int driver = 0;
  if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0) return {0, "no NVIDIA driver"};
  const cudaError_t status = cudaGetDeviceCount(&out.count);
  if (status == cudaSuccess && out.count > 0) return out;
  return {0, status == cudaSuccess ? "the driver reports none" : cudaGetErrorString(status)};
}

GpuFacts gpu_facts(int index) {
  cudaDeviceProp properties{};
  const cudaError_t status = cudaGetDeviceProperties(&properties, index);
  if (status != cudaSuccess) fail_run("GPU {}: {}", index, cudaGetErrorString(status));
  GpuFacts out{properties.name, "", static_cast<int64_t>(properties.totalGlobalMem)};
  for (const char byte : properties.uuid.bytes)
    out.identity += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return out;
}

}  // namespace dinobench
