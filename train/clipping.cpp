// Per-tensor gradient clipping.
#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include "train/optimizer.hpp"

namespace dinobench {
namespace clipping {
namespace {

// A tensor within its bound is not touched: most are, and memory is what this costs.
void scale_on_host(std::vector<at::Tensor>& gradients, const at::Tensor& factors) {
  const at::Tensor wide = factors.to(at::kDouble);
  for (size_t i = 0; i < gradients.size(); ++i) {
    const double factor = wide.const_data_ptr<double>()[i];
    if (factor < 1) gradients[i].mul_(factor);
  }
}

}  // namespace
}  // namespace clipping

at::Tensor clip_gradients(const std::vector<at::Tensor>& parameters, double clip) {
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  if (clip == 0 || gradients.empty()) return at::empty({0});
  const at::Tensor norms = at::stack(at::_foreach_norm(gradients, 2));
  const at::Tensor factors = norms.add(1e-6).reciprocal().mul(clip).clamp_max(1);
  if (factors.is_cpu()) {
    clipping::scale_on_host(gradients, factors);
  } else {
    at::_foreach_mul_(gradients, factors.unbind());  // times 1 where it fits: no word to the host
  }
  return factors;
}

}  // namespace dinobench
