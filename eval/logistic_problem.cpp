// Value and gradient in closed form, float64 throughout.
#include "eval/logistic_problem.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.hpp"

namespace dinobench {
namespace logistic_problem {
namespace {

constexpr int64_t kBlockLogits = int64_t{1} << 22;

}  // namespace
}  // namespace logistic_problem

LogisticProblem::LogisticProblem(at::Tensor features, const std::vector<int64_t>& labels,
                                 int64_t classes)
    : features_(std::move(features)), classes_(classes) {
  require(features_.dim() == 2 && features_.size(0) == static_cast<int64_t>(labels.size()) &&
              !labels.empty(),
          "logistic regression: {} labels for {} features, expected as many, one or more",
          labels.size(), features_.size(0));
  const auto [least, most] = std::minmax_element(labels.begin(), labels.end());
  require(*least >= 0 && *most < classes,
          "logistic regression: labels span {} to {}, expected 0 to {}", *least, *most,
          classes - 1);
  labels_ = at::tensor(labels, at::kLong).to(features_.device());
}

at::Tensor LogisticProblem::logits(const at::Tensor& point, const at::Tensor& features) const {
  return at::mm(features.to(point), point.view({classes_, -1}).t());
}

ValueAndGradient LogisticProblem::at(const at::Tensor& point, double lambda) const {
  const int64_t n = features_.size(0);
  at::Tensor gradient = at::zeros_like(point);
  const at::Tensor weight_gradient = gradient.view({classes_, -1});
  at::Tensor total = at::zeros({}, point.options());
  const int64_t block = std::max<int64_t>(1, logistic_problem::kBlockLogits / classes_);
  for (int64_t first = 0; first < n; first += block) {
    const int64_t end = std::min(first + block, n);
    const at::Tensor x = features_.slice(0, first, end).to(point);
    const at::Tensor right = labels_.slice(0, first, end);
    const at::Tensor log_share = at::log_softmax(logits(point, x), 1);
    total -= log_share.gather(1, right.unsqueeze(1)).sum();
    // d loss / d logits: each class's share, less 1 for the right one.
    const at::Tensor miss = log_share.exp() - at::one_hot(right, classes_);
    weight_gradient.addmm_(miss.t(), x);
  }
  gradient.add_(point, lambda).div_(static_cast<double>(n));
  const double penalty = lambda / 2 * at::dot(point, point).item<double>();
  return {(total.item<double>() + penalty) / static_cast<double>(n), gradient};
}

Minimum LogisticProblem::solve(double lambda, const LbfgsConfig& config) const {
  const at::Tensor start = at::zeros({parameters()}, features_.options().dtype(at::kDouble));
  return minimise([&](const at::Tensor& point) { return at(point, lambda); }, start, config);
}

}  // namespace dinobench
