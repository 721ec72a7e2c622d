// AdamW: Adam with decoupled weight decay (Loshchilov & Hutter 2019), torch's fused kernel.
#include <ATen/ops/_fused_adamw.h>

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
    at::_fused_adamw_(lists.parameters, lists.gradients, lists.buffers[0], lists.buffers[1], {},
                      lists.counts, learning_rate, kBeta1, kBeta2, weight_decay, kEpsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
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
