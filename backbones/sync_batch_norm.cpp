// Statistics of all ranks in the forward pass, their gradients in the backward pass.
#include "backbones/sync_batch_norm.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "backbones/channel_norm.hpp"
#include "backbones/layers.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace sync_norm {
namespace {

struct Statistics {
  at::Tensor mean, variance;  // [C], float64 on the host; variance is the biased one
  double count = 0;           // values of a channel, on all ranks together
};

/// Combines the ranks' own means and squared deviations (Chan et al. 1979): no cancellation, and
/// every rank adds the same numbers in the same order.
Statistics statistics_of(const at::Tensor& x, const RankSums& ranks) {
  const int64_t channels = x.size(1);
  const ChannelMoments moments = channel_moments(x);
  const at::Tensor table = at::zeros({ranks.size, 2 * channels + 1}, at::kDouble);
  const at::Tensor own = table[ranks.rank];
  own[0] = static_cast<double>(x.numel() / channels);
  own.slice(0, 1, 1 + channels).copy_(moments.mean);
  own.slice(0, 1 + channels).copy_(moments.variance);
  ranks.sum(table);
  const at::Tensor counts = table.narrow(1, 0, 1), means = table.narrow(1, 1, channels),
                   variances = table.narrow(1, 1 + channels, channels);
  Statistics all;
  all.count = counts.sum().item<double>();
  all.mean = (means * counts).sum(0) / all.count;
  all.variance = ((variances + (means - all.mean).square()) * counts).sum(0) / all.count;
  return all;
}

struct Normalise : torch::autograd::Function<Normalise> {
  using Context = torch::autograd::AutogradContext;
  using Gradients = torch::autograd::variable_list;

  static at::Tensor forward(Context* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, const Statistics* statistics, double epsilon,
                            const RankSums* ranks) {
    const at::Tensor inverse = (statistics->variance + epsilon).rsqrt();
    context->save_for_backward({x, weight, statistics->mean, inverse});
    context->saved_data["count"] = statistics->count;
    // The layer, which holds it, outlives the backward pass of its own output.
    context->saved_data["ranks"] = reinterpret_cast<int64_t>(ranks);
    return channel_normalise(x, statistics->mean, inverse * host_doubles(weight),
                             host_doubles(bias));
  }

  // With u = x - mean and s = 1 / sqrt(variance + epsilon), over all N values of a channel:
  // dx = w s (dy - sum(dy) / N - u s^2 sum(dy u) / N).
  static Gradients backward(Context* context, Gradients gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &mean = saved[2], &inverse = saved[3];
    const auto* ranks = reinterpret_cast<const RankSums*>(context->saved_data["ranks"].toInt());
    const double count = context->saved_data["count"].toDouble();
    const at::Tensor& dy = gradients[0];
    const at::Tensor own = channel_gradient_sums(x, dy, mean), all = own.clone();
    ranks->sum(all);
    const at::Tensor dx = channel_gradient(
        x, dy, mean,
        {all[0] / count, all[1] * inverse.square() / count, inverse * host_doubles(weight)});
    return {dx,
            (own[1] * inverse).to(weight.options()),
            own[0].to(weight.options()),
            at::Tensor(),
            at::Tensor(),
            at::Tensor()};
  }
};

}  // namespace
}  // namespace sync_norm

void synchronise_batch_norm(torch::nn::Module& module, std::shared_ptr<const RankSums> ranks) {
  for (const auto& child : module.modules(/*include_self=*/true))
    if (auto* norm = child->as<BatchNorm>()) norm->ranks = ranks;
}

at::Tensor sync_batch_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           const at::Tensor& running_mean, const at::Tensor& running_var,
                           double momentum, double epsilon, const RankSums& ranks) {
  const at::Tensor input = x.to(weight.scalar_type());  // half precision is widened
  sync_norm::Statistics statistics;
  {
    const at::NoGradGuard no_grad;
    statistics = sync_norm::statistics_of(input.detach(), ranks);
    require(statistics.count > 1, "batch normalisation needs two values of a channel, it got {}",
            statistics.count);
    const double unbiased = statistics.count / (statistics.count - 1);
    running_mean.mul_(1 - momentum).add_(statistics.mean.to(running_mean.options()), momentum);
    running_var.mul_(1 - momentum)
        .add_((statistics.variance * unbiased).to(running_var.options()), momentum);
  }
  return sync_norm::Normalise::apply(input, weight, bias, &statistics, epsilon, &ranks)
      .to(x.scalar_type());
}

}  // namespace dinobench
