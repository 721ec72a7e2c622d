// Unit rows: their squared distance is a cosine.
#include "methods/dino_mse.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "backbones/autocast.hpp"

namespace dinobench {
namespace dino_mse {
namespace {

at::Tensor unit(const at::Tensor& rows) {
  return rows /
         at::linalg_vector_norm(rows, 2, at::IntArrayRef{-1}, /*keepdim=*/true).clamp_min(1e-12);
}

}  // namespace
}  // namespace dino_mse

TeacherTargets unit_targets(const at::Tensor& logits, const at::Tensor& center,
                            double temperature) {
  const at::NoGradGuard no_grad;
  TeacherTargets out = teacher_targets(logits, center, temperature);
  out.rows = dino_mse::unit(at_least_float(logits.detach()) - center).view_as(out.rows);
  return out;
}

at::Tensor dino_mean_squared_error(const at::Tensor& student_logits, const at::Tensor& targets) {
  const int64_t rows = targets.size(1), views = views_of(student_logits, targets);
  const at::Tensor z = dino_mse::unit(at_least_float(student_logits)).view({views, rows, -1});
  at::Tensor cosines = (z[0] * targets[1]).sum() + (z[1] * targets[0]).sum();
  if (views > 2) cosines = cosines + (z.slice(0, 2).sum(0) * (targets[0] + targets[1])).sum();
  return 2 - 2 * cosines / static_cast<double>((2 * views - 2) * rows);
}

}  // namespace dinobench
