// Norms for --log_norms.
#include "train/norms.hpp"

#include <ATen/ops/linalg_vector_norm.h>
#include <c10/core/GradMode.h>

#include <limits>

namespace dinobench {
namespace norms {
namespace {

double norm_of(const at::Tensor& tensor) {
  const c10::NoGradGuard no_grad;
  return at::linalg_vector_norm(tensor.detach().to(at::kDouble), 2).item<double>();
}

}  // namespace
}  // namespace norms

void add_gradient_norms(Method& method, const std::function<bool(const std::string&)>& absent,
                        std::map<std::string, double>& values) {
  for (const auto& [name, parameter] : method.parameters()) {
    const at::Tensor& gradient = parameter.grad();
    values["grad_norms/" + name] = gradient.defined() && !absent(name)
                                       ? norms::norm_of(gradient)
                                       : std::numeric_limits<double>::quiet_NaN();
  }
}

void add_parameter_norms(Method& method, std::map<std::string, double>& values) {
  for (const auto& [name, parameter] : method.parameters()) {
    values["norms/" + name] = norms::norm_of(parameter);
  }
  for (const auto& [name, parameter] : method.teacher_parameters()) {
    values["teacher_norms/" + name] = norms::norm_of(parameter);
  }
  if (const at::Tensor center = method.center(); center.defined()) {
    values["center_norm"] = norms::norm_of(center);
  }
}

}  // namespace dinobench
