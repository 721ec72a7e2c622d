// What DINO's student is compared with, and by what; owns the centre.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "comm/communicator.hpp"
#include "methods/dino_loss.hpp"
#include "methods/dino_options.hpp"

namespace dinobench {

class DinoObjective {
 public:
  DinoObjective(const DinoOptions& config, Communicator& comm);

  /// Targets of teacher logits [2 B, K], view-major, without gradient; notes their sum for the
  /// centre, since a step's targets are centred by the steps before it. Collective.
  TeacherTargets targets(const at::Tensor& teacher_logits, double temperature);

  /// Scalar, mean over this rank's rows, of student logits [V B, K]. Puts this rank's
  /// teacher_entropy and, for the cross-entropy, kl into `series`.
  at::Tensor loss(const at::Tensor& student_logits, const TeacherTargets& targets,
                  std::map<std::string, double>& series) const;

  /// Moves the centre by the rows of this step; collective. Without --centering center it stays 0.
  void after_step();

  void to(c10::Device device, c10::ScalarType dtype);
  const at::Tensor& center() const { return center_; }  ///< [1, K]

 private:
  DinoOptions config_;
  Communicator& comm_;
  at::Tensor center_;
  at::Tensor logits_sum_;  // [1, K], of this step's teacher rows on this rank
  int64_t logits_rows_ = 0;
};

}  // namespace dinobench
