// LARS: layer-wise adaptive rates (You et al. 2017), in the reference's form (dino.md 6.2).
#include <ATen/Functions.h>

#include "train/optimizer.hpp"

namespace dinobench {
namespace lars {
namespace {

constexpr double kMomentum = 0.9;
constexpr double kTrust = 0.001;  // eta

/// The direction of a tensor with more than one dimension: decayed, then scaled to kTrust of the
/// parameter's norm. The scale is 1 where either norm is 0.
at::Tensor scaled_direction(const at::Tensor& parameter, const at::Tensor& gradient,
                            double weight_decay) {
  const at::Tensor direction = gradient.add(parameter, weight_decay);
  const at::Tensor parameter_norm = parameter.norm(), direction_norm = direction.norm();
  const at::Tensor both = parameter_norm.gt(0).logical_and(direction_norm.gt(0));
  const at::Tensor scale = parameter_norm.mul(kTrust).div(direction_norm);
  return direction.mul(at::where(both, scale, at::ones_like(scale)));
}

class Lars final : public Optimizer {
 public:
  using Optimizer::Optimizer;

 private:
  void update(Lists& lists, double learning_rate, double weight_decay) override {
    for (size_t i = 0; i < lists.parameters.size(); ++i) {
      at::Tensor& parameter = lists.parameters[i];
      const at::Tensor& gradient = lists.gradients[i];
      const bool vector = parameter.dim() == 1;
      at::Tensor& velocity = lists.buffers[0][i];  // mu
      velocity.mul_(kMomentum).add_(vector ? gradient
                                           : scaled_direction(parameter, gradient, weight_decay));
      parameter.add_(velocity, -learning_rate);
    }
  }
  std::vector<std::string> buffer_names() const override { return {"mu"}; }
  ValueDict group_constants() const override {
    return {{"momentum", kMomentum},
            {"eta", kTrust},
            {"weight_decay_filter", Value()},
            {"lars_adaptation_filter", Value()}};
  }
};

}  // namespace
}  // namespace lars

std::unique_ptr<Optimizer> make_lars(const NamedTensors& parameters) {
  return std::make_unique<lars::Lars>(parameters);
}

}  // namespace dinobench
