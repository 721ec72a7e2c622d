// The job's sums in the form that layers take them.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>

#include "backbones/sync_batch_norm.hpp"
#include "comm/communicator.hpp"

namespace dinobench {

/// `comm` outlives the layers.
inline std::shared_ptr<const RankSums> rank_sums(Communicator& comm) {
  return std::make_shared<const RankSums>(
      RankSums{comm.rank(), comm.size(), [&comm](const at::Tensor& values) {
                 comm.all_reduce_sum(std::span(values.mutable_data_ptr<double>(),
                                               static_cast<size_t>(values.numel())));
               }});
}

}  // namespace dinobench
