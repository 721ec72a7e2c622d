// One AdamW step of a whole network with clipping, teacher and bf16 copies, by GPU kernels.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace dinobench {

/// One parameter and what goes with it. All contiguous, on one device, of the parameter's shape;
/// float32 but for the gradient (float32 or bfloat16) and the shadows (bfloat16).
struct FusedAdamWEntry {
  at::Tensor parameter;
  at::Tensor gradient;                   // undefined: never updated (norm_last_layer's weight_g)
  at::Tensor exp_avg, exp_avg_sq, step;  // `step`: float32 scalar, updates so far
  at::Tensor teacher;                    // undefined: there is none
  at::Tensor shadow, teacher_shadow;     // undefined: no bf16 copy
  bool decayed = false;
};

/// For each tensor: g <- g * min(1, clip / (|g| + 1e-6)), then torch's AdamW (decay by lr * wd
/// first; betas 0.9 and 0.999, epsilon 1e-8), then teacher <- m * teacher + (1 - m) * parameter,
/// each value read and written once. Twin: clip_gradients(), make_adamw() and TeacherFollower.
/// Gradients are not changed. Sums are in an order that no device changes.
///
/// Nothing is copied to the host, so that a CUDA graph can hold the launches. The tables go to the
/// device when an address has changed since the last step: take one step before a capture, and keep
/// the gradients where they are.
class FusedAdamW {
 public:
  explicit FusedAdamW(double clip);  ///< 0: no clipping

  /// `schedule`: float64 [3] on the device: learning rate, weight decay, teacher momentum.
  /// `absent`: uint8 [entries] there, not 0 where a tensor takes no part (its teacher still
  /// follows); undefined: all do.
  void step(const std::vector<FusedAdamWEntry>& entries, const at::Tensor& schedule,
            const at::Tensor& absent);

  const at::Tensor& norms() const { return norms_; }      ///< [entries] float32, before clipping
  const at::Tensor& factors() const { return factors_; }  ///< [entries] float32, at most 1

 private:
  void upload(const std::vector<FusedAdamWEntry>& entries);

  double clip_;
  at::Tensor host_table_;  // uint8, what the device's copy holds
  at::Tensor table_, chunks_, partial_squares_, norms_, factors_;
};

}  // namespace dinobench
