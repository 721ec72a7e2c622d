// Per-tensor gradient clipping.
#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include "train/optimizer.hpp"

namespace dinobench {

int64_t clip_gradients(const std::vector<at::Tensor>& parameters, double clip) {
  if (clip == 0) return 0;
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  if (gradients.empty()) return 0;
  const at::Tensor norms = at::stack(at::_foreach_norm(gradients, 2));
  // One copy to the host for all tensors, not one a tensor.
  const at::Tensor scales = norms.add(1e-6).reciprocal().mul(clip).to(at::kCPU, at::kDouble);
  int64_t scaled = 0;
  for (size_t i = 0; i < gradients.size(); ++i) {
    const double scale = scales.data_ptr<double>()[i];
    if (!(scale < 1)) continue;
    gradients[i].mul_(scale);
    ++scaled;
  }
  return scaled;
}

}  // namespace dinobench
