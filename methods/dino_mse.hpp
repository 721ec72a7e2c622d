// Squared distance in place of DINO's cross-entropy: an ablation.
#pragma once

#include <ATen/core/Tensor.h>

#include "methods/dino_loss.hpp"

namespace dinobench {

// The paper's appendix (Table 14, rows 2 and 9) names BYOL's criterion: a squared error between
// L2-normalised outputs, without sharpening. What is normalised are the K outputs of the heads, the
// teacher's after its centre was taken off. Rows are taken to have a length.

/// (logits - center) / |logits - center| of the two global views. The entropy is that of
/// teacher_targets() at this temperature, which the loss does not use: it shows a collapse.
TeacherTargets unit_targets(const at::Tensor& logits, const at::Tensor& center,
                            double temperature);  ///< logits [2 B, K], view-major

/// Mean over the 2 V - 2 pairs (teacher view i, student view v != i) and the B samples of
/// |s_v / |s_v| - q_i|^2 = 2 - 2 cos(s_v, q_i), summed over the K outputs (Grill et al. 2020, eq.
/// 2), for student logits [V B, K], view-major, and unit targets q [2, B, K]. In [0, 4].
at::Tensor dino_mean_squared_error(const at::Tensor& student_logits, const at::Tensor& targets);

}  // namespace dinobench
