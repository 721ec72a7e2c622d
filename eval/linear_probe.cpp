// One matrix product serves all probes: [B, D] x [D, P * L].
#include "eval/linear_probe.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

#include "backbones/layers.hpp"

namespace dinobench {
namespace {

constexpr double kMomentum = 0.9;

}  // namespace

bool ProbeGrid::finite(int64_t probe) const {
  return at::isfinite(weight.select(0, probe)).all().item<bool>() &&
         at::isfinite(bias.select(0, probe)).all().item<bool>();
}

at::Tensor ProbeGrid::logits(const at::Tensor& features) const {
  return at::linear(features, weight.flatten(0, 1), bias.flatten())
      .view({features.size(0), bias.size(0), bias.size(1)});
}

// d loss / d logit = (softmax - one-hot) / B.
at::Tensor ProbeGrid::step(const at::Tensor& features, const at::Tensor& labels, double factor) {
  const at::NoGradGuard no_grad;
  const at::Tensor log_shares = at::log_softmax(logits(features), -1);
  const at::Tensor right = labels.view({-1, 1, 1}).expand({-1, size(), 1});
  const at::Tensor losses =
      -log_shares.gather(-1, right).sum(at::IntArrayRef{0, 2}, false, at::kDouble);
  at::Tensor gradient = log_shares.exp();
  gradient.scatter_add_(-1, right, at::full({}, -1, gradient.options()).expand(right.sizes()));
  gradient = gradient.div_(features.size(0)).flatten(1);
  weight_momentum.mul_(kMomentum).add_(gradient.t().mm(features).view_as(weight));
  bias_momentum.mul_(kMomentum).add_(gradient.sum(0).view_as(bias));
  for (int64_t probe = 0; probe < size(); ++probe) {
    const double rate = rates[static_cast<size_t>(probe)] * factor;
    weight.select(0, probe).add_(weight_momentum.select(0, probe), -rate);
    bias.select(0, probe).add_(bias_momentum.select(0, probe), -rate);
  }
  return losses;
}

ProbeGrid make_probes(const ProbeShape& shape, std::vector<double> rates, uint64_t seed,
                      const at::TensorOptions& options) {
  const at::NoGradGuard no_grad;
  at::manual_seed(seed);
  const Linear first(shape.dimension, shape.labels);
  first.weight.normal_(0, 0.01);
  const auto probes = static_cast<int64_t>(rates.size());
  ProbeGrid grid;
  grid.rates = std::move(rates);
  grid.weight = first.weight.to(options).repeat({probes, 1, 1});
  grid.bias = at::zeros({probes, shape.labels}, options);
  grid.weight_momentum = at::zeros_like(grid.weight);
  grid.bias_momentum = at::zeros_like(grid.bias);
  return grid;
}

double annealing(int64_t epoch, int64_t epochs) {
  const double share = static_cast<double>(epoch) / static_cast<double>(epochs);
  return (1 + std::cos(std::numbers::pi * share)) / 2;
}

}  // namespace dinobench
