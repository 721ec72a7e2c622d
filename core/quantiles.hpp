// Upper quantiles of Student's t and of the normal distribution, for tolerances.
#pragma once

#include <cstdint>

namespace dinobench {

/// P(T > t) for t >= 0 and `freedom` degrees of freedom, by the finite series of Abramowitz and
/// Stegun 26.7.3 and 26.7.4; absolute error about 1e-15. Input Error for freedom < 1 or t < 0.
double student_t_tail(double t, int64_t freedom);

/// The t with P(T > t) = tail. Input Error unless 1e-12 <= tail <= 0.5 and freedom >= 1.
double student_t_critical(double tail, int64_t freedom);

/// The z with P(Z > z) = tail, Z standard normal. Input Error unless 1e-12 <= tail <= 0.5.
double normal_critical(double tail);

}  // namespace dinobench
