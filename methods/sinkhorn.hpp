// Teacher targets that share a batch out evenly among the outputs, in place of a centre.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "comm/communicator.hpp"
#include "methods/dino_loss.hpp"

namespace dinobench {

/// Sinkhorn-Knopp as in SwAV (Caron et al. 2020, arXiv 2006.09882). From exp(logits / temperature)
/// over the rows of both views and of all ranks, each iteration divides every output (column) by
/// its sum over all those rows, then every row by its sum; rows end up summing to 1. One iteration
/// is the softmax over the batch of Table 15: softmax(logits / temperature) along the rows, then
/// rows divided by their sums.
/// logits [2 B, K] of this rank, view-major; every rank gives as many rows. Collective. Works on
/// logarithms, so that no sum overflows or vanishes.
TeacherTargets sinkhorn_targets(const at::Tensor& logits, double temperature, int64_t iterations,
                                Communicator& comm);

}  // namespace dinobench
