// Rows of all ranks on every rank, as part of the graph: for losses that compare the rows of a
// batch with each other.
#pragma once

#include <ATen/core/Tensor.h>

#include "comm/communicator.hpp"

namespace dinobench {

/// rows [n, ...] of this rank, float32 or float64 -> [size * n, ...], those of all ranks in rank
/// order; n and the rest of the shape are the same on every rank. Collective, and so is its
/// backward pass, which hands a rank the sum of what all ranks ask of its rows: the gradient of the
/// ranks' losses added up, which GradientBuckets divides by their number. `comm` outlives the
/// graph. On one rank this is `rows`.
at::Tensor gather_rows(const at::Tensor& rows, Communicator& comm);

}  // namespace dinobench
