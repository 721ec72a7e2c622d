// Multinomial logistic regression as a function to minimise.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "eval/lbfgs.hpp"

namespace dinobench {

/// f(W) = mean over the N rows of -log softmax(W x)[label] + lambda / (2 N) |W|^2, without
/// intercept.
class LogisticProblem {
 public:
  /// features [N, D] of any floating type, labels [N] in [0, classes). Input Error otherwise.
  LogisticProblem(at::Tensor features, const std::vector<int64_t>& labels, int64_t classes);

  int64_t parameters() const { return classes_ * features_.size(1); }
  /// point: float64 [classes * D], W row by row. Rows are taken in blocks of a fixed size, so that
  /// memory does not grow with classes times rows.
  ValueAndGradient at(const at::Tensor& point, double lambda) const;

  /// The minimum, of which there is one, from zero.
  Minimum solve(double lambda, const LbfgsConfig& config) const;

  /// Logits [n, classes] float64 of features [n, D].
  at::Tensor logits(const at::Tensor& point, const at::Tensor& features) const;

 private:
  at::Tensor features_, labels_;
  int64_t classes_;
};

}  // namespace dinobench
