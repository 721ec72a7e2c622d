// Four rules; the first is DINO's.
#include "methods/teacher_update.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <map>

namespace dinobench {
namespace teacher_update {
namespace {

void copy(const std::vector<at::Tensor>& target, const std::vector<at::Tensor>& source) {
  for (size_t i = 0; i < target.size(); ++i) target[i].copy_(source[i]);
}

}  // namespace
}  // namespace teacher_update

TeacherFollower::TeacherFollower(TeacherUpdate rule, const NamedTensors& teacher,
                                 const NamedTensors& student)
    : rule_(rule) {
  const std::map<std::string, at::Tensor> named(student.begin(), student.end());
  for (const auto& [name, tensor] : teacher) {
    teacher_.push_back(tensor);
    student_.push_back(named.at(name));
  }
}

void TeacherFollower::before_step() {
  if (rule_ != TeacherUpdate::previous_iteration || !noted_.empty()) return;
  for (const at::Tensor& tensor : student_) noted_.push_back(tensor.detach().clone());
}

void TeacherFollower::after_step(const Progress& at, double momentum) {
  const at::NoGradGuard no_grad;
  switch (rule_) {
    case TeacherUpdate::momentum:
      at::_foreach_mul_(teacher_, momentum);
      at::_foreach_add_(teacher_, student_, 1 - momentum);
      break;
    case TeacherUpdate::student_copy:
      teacher_update::copy(teacher_, student_);
      break;
    case TeacherUpdate::previous_iteration:
      if (!noted_.empty()) teacher_update::copy(teacher_, noted_);
      noted_.clear();
      break;
    case TeacherUpdate::previous_epoch:
      if ((at.step + 1) % at.steps_per_epoch == 0) teacher_update::copy(teacher_, student_);
      break;
  }
}

}  // namespace dinobench
