// The teacher's operation by name, then the comparison by name.
#include "methods/dino_objective.hpp"

#include <ATen/ATen.h>

#include "methods/dino_mse.hpp"
#include "methods/sinkhorn.hpp"

namespace dinobench {

DinoObjective::DinoObjective(const DinoOptions& config, Communicator& comm)
    : config_(config), comm_(comm), center_(at::zeros({1, config.out_dim})) {}

TeacherTargets DinoObjective::targets(const at::Tensor& teacher_logits, double temperature) {
  if (config_.centering == Centering::center) {
    const at::Tensor sum = sum_of_rows(teacher_logits);
    logits_sum_ = logits_rows_ == 0 ? sum : logits_sum_ + sum;
    logits_rows_ += teacher_logits.size(0);
  }
  if (config_.loss == DinoLoss::mean_squared_error)
    return unit_targets(teacher_logits, center_, temperature);
  switch (config_.centering) {
    case Centering::sinkhorn_knopp:
      return sinkhorn_targets(teacher_logits, temperature, config_.sinkhorn_iterations, comm_);
    case Centering::softmax_batch:
      return sinkhorn_targets(teacher_logits, temperature, 1, comm_);
    case Centering::center:
    case Centering::none:
      break;
  }
  return teacher_targets(teacher_logits, center_, temperature);
}

at::Tensor DinoObjective::loss(const at::Tensor& student_logits, const TeacherTargets& targets,
                               std::map<std::string, double>& series) const {
  const bool entropic = config_.loss == DinoLoss::cross_entropy;
  const at::Tensor value =
      entropic ? dino_cross_entropy(student_logits, targets.rows, config_.student_temperature)
               : dino_mean_squared_error(student_logits, targets.rows);

  // Each teacher view stands in V - 1 pairs: the mean cross-entropy less the mean entropy is KL.
  // One copy to the host for both.
  const at::Tensor numbers = at::stack({targets.entropy, value.detach()}).to(at::kCPU, at::kDouble);
  const double entropy = numbers[0].item<double>();
  series["teacher_entropy"] = entropy;
  if (entropic) series["kl"] = numbers[1].item<double>() - entropy;
  return value;
}

void DinoObjective::after_step() {
  if (logits_rows_ == 0) return;
  update_center(center_, logits_sum_, logits_rows_, config_.center_momentum, comm_);
  logits_rows_ = 0;
}

void DinoObjective::to(c10::Device device, c10::ScalarType dtype) {
  center_ = center_.to(device, dtype);
}

}  // namespace dinobench
