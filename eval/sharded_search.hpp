// Nearest neighbours over all ranks.
#pragma once

#include "comm/run_context.hpp"
#include "eval/neighbours.hpp"

namespace dinobench {

/// As nearest(), every rank searching a share of the queries; every rank gets all results. Every
/// rank calls it with the same arguments, on the host. Where the context's device has kernels and
/// memory enough (nearest_on_device() says how much) the search runs there, with the same bits.
Neighbours sharded_nearest(const at::Tensor& queries, const at::Tensor& bank, int64_t k,
                           RunContext& context);

}  // namespace dinobench
