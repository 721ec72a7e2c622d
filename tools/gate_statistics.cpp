// Prediction intervals for means of new runs.
#include "tools/gate_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.hpp"
#include "core/quantiles.hpp"
#include "tools/gate_samples.hpp"

namespace dinobench {
namespace gate_statistics {
namespace {

constexpr double kIntervalQuantile = 1.959963984540054;  // ci_low and ci_high are 95 % ends
constexpr int64_t kFewRuns = 4;  // t(3) at 0.05 / 50 is 10: such a gate sees only landslides

GateSide side_of(const std::vector<double>& values) {
  const TableCell cell{values};
  return {cell.mean(), cell.deviation(), static_cast<int64_t>(values.size())};
}

/// One answer more or less; a metric without count or percent has no such grain.
double one_answer(const Metric& metric) {
  return metric.unit == "percent" && metric.n > 0 ? 100.0 / static_cast<double>(metric.n) : 0;
}

/// The share of the false alarms that one metric gets -> how far the mean may fall.
double spread_tolerance(const MetricSample& sample, double share) {
  const double n = static_cast<double>(sample.then.size());
  const double m = static_cast<double>(sample.now.size());
  if (sample.then.size() > 1)
    return student_t_critical(share, static_cast<int64_t>(sample.then.size()) - 1) *
           side_of(sample.then).deviation * std::sqrt(1 / n + 1 / m);
  const double width = sample.reference.ci_high - sample.reference.ci_low;
  if (!std::isfinite(width)) return 0;
  return normal_critical(share) * width / (2 * kIntervalQuantile) * std::sqrt(1 + 1 / m);
}

GateFinding judge(const MetricSample& sample, double share, double floor) {
  GateFinding out{.group = sample.group,
                  .evaluation = sample.evaluation,
                  .what = sample.metric,
                  .reason = "",
                  .then = side_of(sample.then),
                  .now = side_of(sample.now)};
  const double least = floor > 0 ? floor : one_answer(sample.reference);
  out.tolerance = std::max(spread_tolerance(sample, share), least);
  const double change = out.now.mean - out.then.mean;
  const double rounding = 1e-12 * std::max(std::abs(out.then.mean), std::abs(out.now.mean));
  if (std::abs(change) > out.tolerance + rounding) {
    const bool rose = change > 0;
    out.verdict = rose == lower_is_better(sample.metric) ? Verdict::worse : Verdict::better;
    out.reason = fmt::format("{} by {:.4g}, tolerance {:.4g}", rose ? "rose" : "fell",
                             std::abs(change), out.tolerance);
  }
  if (sample.then.size() == 1)
    out.reason += std::string(out.reason.empty() ? "" : "; ") +
                  "one baseline run: tolerance from its interval over images";
  return out;
}

void note_few_runs(const std::vector<MetricSample>& samples, GateReport& report) {
  std::set<std::string> noted;
  for (const MetricSample& sample : samples) {
    const auto runs = static_cast<int64_t>(sample.then.size());
    if (runs < kFewRuns && noted.insert(sample.group.label()).second)
      report.notes.push_back(
          fmt::format("{}: {} baseline run{}; the gate sees small changes from about {} seeds on",
                      sample.group.label(), runs, runs == 1 ? "" : "s", kFewRuns + 1));
  }
}

}  // namespace
}  // namespace gate_statistics

void judge_means(const GateInput& input, double false_alarm_rate, double floor,
                 GateReport& report) {
  require(false_alarm_rate > 0 && false_alarm_rate <= 0.5,
          "--false_alarm_rate {}: expected more than 0 and at most 0.5", false_alarm_rate);
  require(floor >= 0, "--floor {}: expected 0 or more", floor);
  const std::vector<MetricSample> samples = collect_samples(input, report);
  const double share = false_alarm_rate / static_cast<double>(std::max<size_t>(samples.size(), 1));
  for (const MetricSample& sample : samples)
    report.findings.push_back(gate_statistics::judge(sample, share, floor));
  gate_statistics::note_few_runs(samples, report);
  report.rule = fmt::format(
      "{} metrics, false alarms in at most {:g} of nights over all (Bonferroni: {:.3g} each), "
      "prediction interval of Student's t from the spread of the baseline's seeds",
      samples.size(), false_alarm_rate, share);
}

}  // namespace dinobench
