// SGD with momentum 0.9 and L2 decay added to the gradient, as torch.optim.SGD.
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>

#include "train/optimizer.hpp"

namespace dinobench {
namespace sgd {
namespace {

constexpr double kMomentum = 0.9;

class Sgd final : public Optimizer {
 public:
  using Optimizer::Optimizer;

 private:
  // buffer <- 0.9 buffer + (g + wd p); p <- p - lr buffer. A fresh buffer is 0, so that the first
  // step leaves the plain direction in it, as torch's does.
  void update(Lists& lists, double learning_rate, double weight_decay) override {
    std::vector<at::Tensor> directions = lists.gradients;
    if (weight_decay != 0) {
      directions = at::_foreach_add(lists.gradients, lists.parameters, weight_decay);
    }
    at::_foreach_mul_(lists.buffers[0], kMomentum);
    at::_foreach_add_(lists.buffers[0], directions);
    at::_foreach_add_(lists.parameters, lists.buffers[0], -learning_rate);
  }
  std::vector<std::string> buffer_names() const override { return {"momentum_buffer"}; }
  ValueDict group_constants() const override {
    return {{"momentum", kMomentum}, {"dampening", 0.0},   {"nesterov", false},
            {"maximize", false},     {"foreach", Value()}, {"differentiable", false},
            {"fused", Value()}};
  }
};

}  // namespace
}  // namespace sgd

std::unique_ptr<Optimizer> make_sgd(const NamedTensors& parameters) {
  return std::make_unique<sgd::Sgd>(parameters);
}

}  // namespace dinobench
