// The scope is a pointer of the thread's: backward passes keep what they need themselves.
#include "backbones/half_weights.hpp"

#include <ATen/ops/_foreach_copy.h>
#include <c10/core/GradMode.h>

#include <vector>

#include "backbones/layers.hpp"

namespace dinobench {
namespace {

thread_local const HalfWeights* active = nullptr;

}  // namespace

HeldLinear HeldLinear::outputs(int64_t first, int64_t count) const {
  const auto part = [&](const at::Tensor& tensor) {
    return tensor.defined() ? tensor.narrow(0, first, count) : tensor;
  };
  return {part(weight), part(bias), part(half_weight), part(half_bias)};
}

HalfWeights::HalfWeights(const torch::nn::Module& network) {
  const auto add = [this](const at::Tensor& parameter) {
    if (parameter.defined())
      copies_[parameter.unsafeGetTensorImpl()] = parameter.detach().to(at::kBFloat16);
  };
  for (const auto& module : network.modules()) {
    if (const auto* linear = module->as<Linear>()) add(linear->weight), add(linear->bias);
    if (const auto* conv = module->as<Conv2d>()) add(conv->weight), add(conv->bias);
  }
}

at::Tensor HalfWeights::of(const at::Tensor& parameter) const {
  const auto found = copies_.find(parameter.unsafeGetTensorImpl());
  return found == copies_.end() ? at::Tensor() : found->second;
}

HalfScope::HalfScope(const HalfWeights* weights) : before_(active) { active = weights; }

HalfScope::~HalfScope() { active = before_; }

c10::ScalarType activation_type() { return active != nullptr ? at::kBFloat16 : at::kFloat; }

HeldLinear held(const LinearWeights& linear) {
  HeldLinear out{linear.weight, linear.bias, {}, {}};
  if (active == nullptr) return out;
  out.half_weight = active->of(linear.weight);
  if (linear.bias.defined()) out.half_bias = active->of(linear.bias);
  return out;
}

}  // namespace dinobench
