// How many directions the features of a batch use.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "comm/communicator.hpp"

namespace dinobench {

constexpr int64_t feature_rank_every = 50;  // steps: the covariance of wide features is not free

/// Participation ratio (sum of eigenvalues)^2 / (sum of their squares) of the covariance of all
/// ranks' rows: 1 when every feature lies on one line, D when all directions are used alike; 0 for
/// identical rows. features [N, D] of this rank; collective. NaN at steps that are
/// no multiple of feature_rank_every; the series repeats the last value there.
double feature_rank(const at::Tensor& features, int64_t step, Communicator& comm);

}  // namespace dinobench
