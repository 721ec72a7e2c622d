// How gradients travel between ranks: --comm.
#pragma once

#include <c10/core/Device.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "comm/communicator.hpp"

namespace dinobench {

/// The first two ranks that name the same GPU. Each entry is a GPU's identity.
std::optional<std::pair<int, int>> ranks_on_one_gpu(const std::vector<std::string>& identities);

struct Transport {
  std::string name;     // "self", "mpi", "nccl 2.28.9" ...
  std::string warning;  // why it is not what a GPU run would like; may be empty
};

/// Attaches to `comm` what --comm ("auto", "mpi" or "nccl") asks for on this device. auto: NCCL
/// where every rank has a GPU of its own, else host memory. Collective. Input Errors for nccl
/// without GPUs or with two ranks on one, and for ranks of which only some have a GPU.
Transport attach_transport(const std::string& asked, Communicator& comm, c10::Device device);

}  // namespace dinobench
