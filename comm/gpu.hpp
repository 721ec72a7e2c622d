// What only a CUDA build knows. gpu_cuda.cpp and nccl_cuda.cpp answer there, gpu_none.cpp in the
// CPU build: everything else is compiled once for both.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "comm/communicator.hpp"

namespace dinobench {

std::string cuda_build_version();  ///< "13.0"; "none" in a CPU build
std::string nccl_version();        ///< "2.28.9"; "none" in a CPU build

struct VisibleGpus {
  int count = 0;
  std::string problem;  // why there are none: no CUDA build, no driver ...
};
VisibleGpus visible_gpus();

struct GpuFacts {
  std::string name;          // "NVIDIA H100 80GB HBM3"
  std::string identity;      // UUID: the same for every process that sees this GPU
  int64_t memory_bytes = 0;  // of the whole device
};
GpuFacts gpu_facts(int index);  ///< run Error if there is no such GPU

/// Sums on this GPU by NCCL, on a stream of its own. Collective: rank 0's id travels through
/// `comm`. Errors that NCCL finds later come out of the next call here, naming the rank.
std::shared_ptr<DeviceReducer> make_nccl_reducer(Communicator& comm, int gpu);

}  // namespace dinobench
