// The participation ratio from sums that add over ranks; no eigenvalue is computed.
#include "methods/feature_rank.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <limits>
#include <span>

namespace dinobench {

double feature_rank(const at::Tensor& features, int64_t step, Communicator& comm) {
  if (step % feature_rank_every != 0) return std::numeric_limits<double>::quiet_NaN();
  const at::NoGradGuard no_grad;
  const at::Tensor rows = features.detach().to(at::kCPU, at::kDouble);
  const int64_t width = rows.size(1);
  // [count | sum of rows | sum of outer products]
  at::Tensor sums = at::cat({at::full({1}, static_cast<double>(rows.size(0)), at::kDouble),
                             rows.sum(0), at::mm(rows.t(), rows).flatten()});
  comm.all_reduce_sum(
      std::span(sums.mutable_data_ptr<double>(), static_cast<size_t>(sums.numel())));
  const double count = sums[0].item<double>();
  const at::Tensor mean = sums.slice(0, 1, 1 + width) / count;
  const at::Tensor covariance =
      sums.slice(0, 1 + width).view({width, width}) / count - at::outer(mean, mean);
  const double trace = covariance.trace().item<double>();
  const double squares = covariance.square().sum().item<double>();
  return squares > 0 ? trace * trace / squares : 0;
}

}  // namespace dinobench
