// The gate's statistical part: means over seeds against the spread of the baseline's seeds.
#pragma once

#include "tools/gate.hpp"

namespace dinobench {

/// Judges every metric of every completed evaluation of the baseline. With s the deviation over the
/// n baseline runs, the mean of m new ones lies above mean - t s sqrt(1/n + 1/m) with the wanted
/// confidence, t of Student's distribution with n - 1 degrees of freedom: the lower end of a
/// prediction interval. `false_alarm_rate` is for the whole report: each of its C metrics gets the
/// share rate / C (Bonferroni; Holm's rule would alarm on the same nights, as it too begins with
/// the smallest p against rate / C). The tolerance is never less than `floor`, in the metric's
/// unit; 0: one answer of the metric's n. A single baseline run has no spread: its interval over
/// images stands in, and the reason says so. Only a change for the worse alarms.
/// Broken: a missing evaluation or metric, another status, protocol, data set or n, a value that is
/// not finite. Input Error if baseline records of one group disagree in protocol, hold one seed
/// twice, or the rate is not in (0, 0.5].
void judge_means(const GateInput& input, double false_alarm_rate, double floor, GateReport& report);

}  // namespace dinobench
