// Nearest neighbours over all ranks.
#pragma once

#include "comm/communicator.hpp"
#include "eval/neighbours.hpp"

namespace dinobench {

/// As nearest(), every rank searching a share of the queries; every rank gets all results. Every
/// rank calls it with the same arguments.
Neighbours sharded_nearest(const at::Tensor& queries, const at::Tensor& bank, int64_t k,
                           Communicator& comm);

}  // namespace dinobench
