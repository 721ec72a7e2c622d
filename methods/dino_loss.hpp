// DINO's loss: cross-entropy from the centred, sharpened teacher to the student, over pairs of
// different views.
#pragma once

#include <ATen/core/Tensor.h>

#include "comm/communicator.hpp"

namespace dinobench {

// Logits may be of a half type: all arithmetic is float32 then, and so are the results.

/// What the student is to say of the other view, and how much the teacher says.
struct TeacherTargets {
  at::Tensor rows;     // [2, B, K], no gradient
  at::Tensor entropy;  // scalar: mean over the rows, in nats
};

/// softmax((logits - center) / temperature) of the two global views.
TeacherTargets teacher_targets(const at::Tensor& logits, const at::Tensor& center,
                               double temperature);  ///< logits [2 B, K], view-major

/// Mean over the 2 V - 2 pairs (teacher view i, student view v != i) and the B samples of
/// -sum_k q_i[k] log softmax(s_v / temperature)[k], for student logits [V B, K], view-major.
/// The pairs of one student view share its log-softmax: their targets are summed first.
at::Tensor dino_cross_entropy(const at::Tensor& student_logits, const at::Tensor& targets,
                              double temperature);

/// V, from student logits [V B, K] and targets [2, B, K]. Input Error unless there are two or more
/// views of each sample.
int64_t views_of(const at::Tensor& student_logits, const at::Tensor& targets);

/// Sum [1, K] of teacher rows [N, K] for update_center(), in float32 at least.
at::Tensor sum_of_rows(const at::Tensor& logits);

/// center <- momentum * center + (1 - momentum) * mean of all ranks' teacher rows, of which this
/// rank gives the sum [1, K] and the number, the same on every rank.
void update_center(const at::Tensor& center, const at::Tensor& own_sum, int64_t own_rows,
                   double momentum, Communicator& comm);

}  // namespace dinobench
