// The device of a run, how it computes, and what it used.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

#include "comm/communicator.hpp"
#include "core/precision.hpp"

namespace dinobench {

/// Numerics of CUDA, before anything runs there: no TF32, so that fp32 is fp32; cuDNN chooses its
/// fastest algorithms by trying them, as in the reference. `deterministic`: only algorithms that
/// give the same bits at every run, attention, cuBLAS and NCCL included. No effect on the CPU but
/// torch's refusal of operations that cannot be repeated.
void prepare_cuda(bool deterministic);

/// --device: "auto", "cpu" or "cuda". auto is a GPU where one is visible, unless --precision is
/// fp64. On several GPUs a rank takes the one of its local rank, and makes it the process's current
/// one. Input Error if a GPU is asked for and none is visible.
c10::Device choose_device(const std::string& name, const std::string& precision,
                          const Communicator& comm);

/// --precision: "auto" is fp32 on the CPU and bf16 on CUDA. Input Error for fp64 on CUDA.
Precision choose_precision(const std::string& asked, c10::Device device);

/// Most bytes that tensors held at once on this device ("cuda:0"); 0 on the CPU.
int64_t peak_gpu_bytes(const std::string& device);

}  // namespace dinobench
