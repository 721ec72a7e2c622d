// Alternating normalisation of columns over ranks and of rows on their own.
#include "methods/sinkhorn.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cstring>
#include <span>
#include <vector>

#include "backbones/autocast.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace sinkhorn {
namespace {

/// log of the sum over ranks, from each rank's logarithm [1, K]; the same bits on every rank. The
/// logarithms are gathered: a sum of exponentials would need a maximum over ranks first.
at::Tensor log_sum_over_ranks(const at::Tensor& own, Communicator& comm) {
  if (comm.size() == 1) return own;
  const at::Tensor host = own.to(at::kCPU).contiguous();
  const auto* bytes = static_cast<const std::byte*>(host.const_data_ptr());
  std::vector<at::Tensor> all;
  for (const auto& gathered : comm.all_gather(std::span(bytes, host.nbytes()))) {
    if (gathered.size() != host.nbytes())
      fail_run("Sinkhorn-Knopp: a rank gave {} bytes of column sums, expected {}", gathered.size(),
               host.nbytes());
    all.push_back(at::empty_like(host));
    std::memcpy(all.back().mutable_data_ptr(), gathered.data(), gathered.size());
  }
  return at::logsumexp(at::cat(all), 0, /*keepdim=*/true).to(own.device());
}

}  // namespace
}  // namespace sinkhorn

TeacherTargets sinkhorn_targets(const at::Tensor& logits, double temperature, int64_t iterations,
                                Communicator& comm) {
  const at::NoGradGuard no_grad;
  at::Tensor log_shares = at_least_float(logits.detach()) / temperature;
  for (int64_t i = 0; i < iterations; ++i) {
    const at::Tensor columns = at::logsumexp(log_shares, 0, /*keepdim=*/true);
    log_shares = log_shares - sinkhorn::log_sum_over_ranks(columns, comm);
    log_shares = log_shares - at::logsumexp(log_shares, 1, /*keepdim=*/true);
  }
  TeacherTargets out;
  out.rows = log_shares.exp();
  out.entropy = -(out.rows * log_shares).sum(-1).mean();
  out.rows = out.rows.view({2, logits.size(0) / 2, -1});
  return out;
}

}  // namespace dinobench
