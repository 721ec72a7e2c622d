// The cosine schedule of the DINO reference, one value per optimiser step.
#pragma once

#include <cstdint>

namespace dinobench {

/// Value at `step` (from 0) of: W = warmup_epochs * steps_per_epoch values on a line from `start`
/// to `base`, both ends included, then T = epochs * steps_per_epoch - W values
/// final + (base - final) / 2 * (1 + cos(pi t / T)), t = 0..T-1 (dino.md 6.3). So the peak comes
/// twice and `final` itself is never reached. Computed in float64 with numpy's order of operations.
/// Steps at or after the end get `final`. Input Error if warmup_epochs > epochs.
double cosine_schedule(double base, double final, int64_t epochs, int64_t steps_per_epoch,
                       int64_t warmup_epochs, double start, int64_t step);

/// Element `index` of numpy.linspace(first, last, count): both ends are met exactly; a single
/// element is `first`.
double linspace_value(double first, double last, int64_t count, int64_t index);

}  // namespace dinobench
