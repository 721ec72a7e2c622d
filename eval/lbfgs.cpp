// Two loops for the direction, one for the length of the step.
#include "eval/lbfgs.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <deque>
#include <limits>
#include <vector>

#include "core/error.hpp"

namespace dinobench {
namespace lbfgs {
namespace {

constexpr double kDecrease = 1e-4, kCurvature = 0.9;  // of the Wolfe conditions
constexpr double kRounding = 1e-13;                   // of a value, against itself
constexpr int kMostTrials = 60;

using Function = std::function<ValueAndGradient(const at::Tensor&)>;

struct Pair {
  at::Tensor step, change;  // of the point, of the gradient
  double inverse;           // 1 / <step, change>
};

double product(const at::Tensor& a, const at::Tensor& b) { return at::dot(a, b).item<double>(); }

at::Tensor direction(const std::deque<Pair>& pairs, const at::Tensor& gradient) {
  at::Tensor q = -gradient;
  std::vector<double> weights(pairs.size());
  for (size_t i = pairs.size(); i-- > 0;) {
    weights[i] = pairs[i].inverse * product(pairs[i].step, q);
    q = q - weights[i] * pairs[i].change;
  }
  // The last pair's curvature is the scale; without one the first step has length 1.
  if (pairs.empty()) return q / std::sqrt(product(q, q));
  q = q / (pairs.back().inverse * product(pairs.back().change, pairs.back().change));
  for (size_t i = 0; i < pairs.size(); ++i)
    q = q + (weights[i] - pairs[i].inverse * product(pairs[i].change, q)) * pairs[i].step;
  return q;
}

struct Trial {
  at::Tensor point;
  ValueAndGradient at;
  bool accepted = false;
};

/// Near the minimum a value's decrease drowns in rounding; there the slopes alone decide (Hager &
/// Zhang 2005, the approximate Wolfe conditions).
bool decreased(double before, double after, double length, double slope, double slope_after) {
  if (after <= before + kDecrease * length * slope) return true;
  return after <= before + kRounding * std::abs(before) &&
         slope_after <= (2 * kDecrease - 1) * slope;
}

/// Too long a step is halved towards the last short one, too short a one doubled.
Trial search(const Function& function, const at::Tensor& point, const ValueAndGradient& here,
             const at::Tensor& along) {
  const double slope = product(here.gradient, along);
  double low = 0, high = std::numeric_limits<double>::infinity(), length = 1;
  Trial trial;
  for (int i = 0; i < kMostTrials && slope < 0; ++i) {
    trial.point = point + length * along;
    trial.at = function(trial.point);
    const double slope_after = product(trial.at.gradient, along);
    if (!decreased(here.value, trial.at.value, length, slope, slope_after))
      high = length;
    else if (slope_after < kCurvature * slope)
      low = length;
    else
      return trial.accepted = true, trial;
    length = std::isfinite(high) ? (low + high) / 2 : 2 * low;
  }
  return trial;
}

}  // namespace
}  // namespace lbfgs

Minimum minimise(const std::function<ValueAndGradient(const at::Tensor& point)>& function,
                 const at::Tensor& start, const LbfgsConfig& config) {
  const at::NoGradGuard no_grad;
  at::Tensor point = start.clone();
  ValueAndGradient here = function(point);
  if (!std::isfinite(here.value)) fail_run("the value at the start is {}", here.value);
  const auto norm = [](const at::Tensor& gradient) {
    return std::sqrt(lbfgs::product(gradient, gradient));
  };
  const double enough = config.tolerance * norm(here.gradient);
  std::deque<lbfgs::Pair> pairs;
  int64_t iteration = 0;
  for (; iteration < config.max_iterations && norm(here.gradient) > enough; ++iteration) {
    const lbfgs::Trial next =
        lbfgs::search(function, point, here, lbfgs::direction(pairs, here.gradient));
    if (!next.accepted) break;
    const at::Tensor step = next.point - point, change = next.at.gradient - here.gradient;
    pairs.push_back({step, change, 1 / lbfgs::product(step, change)});
    if (static_cast<int64_t>(pairs.size()) > config.memory) pairs.pop_front();
    point = next.point;
    here = next.at;
  }
  const double length = norm(here.gradient);
  return {point, here.value, length, iteration, length <= enough};
}

}  // namespace dinobench
