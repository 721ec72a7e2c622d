// The gate's exact part: the same seed gives the same answers.
#pragma once

#include "tools/gate.hpp"

namespace dinobench {

/// Pairs baseline and new records by group and seed, part by part (each evaluation, the training
/// series): for fixed weights through every evaluation, or a replayed trajectory. Metrics, numeric
/// attributes, raw answers and series may differ by rounding only: `rtol` relative to the larger
/// magnitude, or to the array's mean magnitude for values near zero (rtol 0: by no bit). Whole
/// numbers and text are equal or broken. Each broken finding names the first place. Timings are not
/// compared. Input Error if a side holds one part of a seed twice, or rtol is negative.
void judge_exactly(const GateInput& input, double rtol, GateReport& report);

constexpr double default_exact_rtol = 1e-5;  // float32 sums in another order, no more

}  // namespace dinobench
