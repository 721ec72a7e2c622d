// How the teacher's weights follow the student's.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "backbones/state.hpp"
#include "methods/method.hpp"

namespace dinobench {

/// What teaches at step t, where theta(t) are the student's weights before that step (Caron et al.
/// 2021, Fig. 6 right).
enum class TeacherUpdate {
  momentum,            // moving average of theta(1) to theta(t)
  student_copy,        // theta(t), the student itself without a gradient
  previous_iteration,  // theta(t - 1)
  previous_epoch       // theta at the first step of the epoch
};

/// Moves the teacher's parameters; its buffers are its own under every rule. All that a resumed run
/// needs is in the two networks: the teacher of the next step is set when a step ends.
class TeacherFollower {
 public:
  TeacherFollower() = default;
  /// Parameters of both; the student may have more. They are matched by name.
  TeacherFollower(TeacherUpdate rule, const NamedTensors& teacher, const NamedTensors& student);

  /// Before the student moves; calling it again within a step changes nothing.
  void before_step();
  /// After it has moved. momentum: of the moving average, of this step.
  void after_step(const Progress& at, double momentum);

 private:
  TeacherUpdate rule_ = TeacherUpdate::momentum;
  std::vector<at::Tensor> teacher_, student_;
  std::vector<at::Tensor> noted_;  // theta(t) under previous_iteration, empty between steps
};

}  // namespace dinobench
