// PCA whitening of descriptors as in the reference's copy detection.
#pragma once

#include <ATen/core/Tensor.h>

namespace dinobench {

/// y = diag(lambda)^-1/2 V^T (x - mean), with lambda and V of the second moment X^T X / n about
/// zero, not about the mean: the reference's quirk (dino.md 10). Eigenvalues below 1e-5 of the
/// largest are raised to that; all D components are kept, largest first. Everything in float64 on
/// the host.
class Whitening {
 public:
  /// descriptors: float32 [N, D] on the host, N >= 1. Input Error if they are all zero.
  explicit Whitening(const at::Tensor& descriptors);

  /// In place, some thousand rows at a time. rows: float32 [n, D], contiguous, on the host.
  void apply(at::Tensor& rows) const;

 private:
  at::Tensor mean_;       // [D]
  at::Tensor transform_;  // [D, D], to be multiplied from the right
};

}  // namespace dinobench
