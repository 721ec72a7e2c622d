// AdamW: Adam with decoupled weight decay (Loshchilov & Hutter 2019), torch's fused kernel; with
// --reference_math its operations one by one, as torch.optim takes them for a single tensor.
#include <ATen/Functions.h>

#include <cmath>

#include "core/form.hpp"
#include "train/optimizer.hpp"

namespace dinobench {
namespace adamw {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;

class AdamW final : public Optimizer {
 public:
  using Optimizer::Optimizer;

 private:
  void update(Lists& lists, double learning_rate, double weight_decay) override {
    if (reference_math()) {
      for (size_t i = 0; i < lists.parameters.size(); ++i)
        update_one(lists, i, learning_rate, weight_decay);
      return;
    }
    at::_fused_adamw_(lists.parameters, lists.gradients, lists.buffers[0], lists.buffers[1], {},
                      lists.counts, learning_rate, kBeta1, kBeta2, weight_decay, kEpsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
  }
  static void update_one(Lists& lists, size_t i, double learning_rate, double weight_decay) {
    const at::Tensor &parameter = lists.parameters[i], &gradient = lists.gradients[i];
    const at::Tensor &mean = lists.buffers[0][i], &square = lists.buffers[1][i];
    const double steps = lists.counts[i].item<double>();
    parameter.mul_(1 - learning_rate * weight_decay);
    mean.lerp_(gradient, 1 - kBeta1);
    square.mul_(kBeta2).addcmul_(gradient, gradient, 1 - kBeta2);
    const double root = std::sqrt(1 - std::pow(kBeta2, steps));
    const at::Tensor divisor = (square.sqrt() / root).add_(kEpsilon);
    parameter.addcdiv_(mean, divisor, -learning_rate / (1 - std::pow(kBeta1, steps)));
  }

  std::vector<std::string> buffer_names() const override { return {"exp_avg", "exp_avg_sq"}; }
  bool counts_steps() const override { return true; }
  ValueDict group_constants() const override {
    return {{"betas", Value::list({kBeta1, kBeta2})},
            {"eps", kEpsilon},
            {"amsgrad", false},
            {"maximize", false},
            {"foreach", Value()},
            {"capturable", false},
            {"differentiable", false},
            {"fused", Value()},
            {"decoupled_weight_decay", true}};
  }
};

}  // namespace
}  // namespace adamw

std::unique_ptr<Optimizer> make_adamw(const NamedTensors& parameters) {
  return std::make_unique<adamw::AdamW>(parameters);
}

}  // namespace dinobench
