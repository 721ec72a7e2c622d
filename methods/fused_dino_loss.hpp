// DINO's centred cross-entropy by GPU kernels that keep no probabilities. Twin: dino_loss.hpp.
#pragma once

#include <ATen/core/Tensor.h>

namespace dinobench {

/// The teacher's side: its logits as they are, and of each row's softmax only what normalises it.
struct FusedTargets {
  at::Tensor logits;       // [2 B, K] as given, without gradient
  at::Tensor center;       // [1, K] float32
  at::Tensor temperature;  // float64 scalar on the device
  at::Tensor rows;         // [2 B, 2] float32
  at::Tensor entropy;      // scalar float32: mean over the rows, in nats
  at::Tensor sum;          // [1, K] float32: of the logits' rows, for update_center()
};

/// As teacher_targets() and sum_of_rows(). logits [2 B, K], float32 or bfloat16, view-major,
/// contiguous; center float32 [1, K]; temperature a float64 scalar on the device, read there. The
/// logits and the centre must stay as they are until the loss's backward is through.
FusedTargets fused_teacher_targets(const at::Tensor& logits, const at::Tensor& center,
                                   const at::Tensor& temperature);

/// As dino_cross_entropy(): float32 scalar, mean over the 2 V - 2 pairs and the samples. Student
/// logits [V B, K] of the teacher's dtype, view-major, contiguous, V from 2 to 32. With
/// `overwrite_logits` the gradient takes the logits' memory: nobody else may read them then, and
/// there is one backward. Every sum is in an order that no device changes.
at::Tensor fused_dino_cross_entropy(const at::Tensor& student_logits, const FusedTargets& targets,
                                    double temperature, bool overwrite_logits);

}  // namespace dinobench
