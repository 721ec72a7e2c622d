// Same evaluation, same protocol, same data, same count: only then are values put side by side.
#include "tools/gate_samples.hpp"

#include <cmath>
#include <set>
#include <tuple>

#include "core/error.hpp"

namespace dinobench {
namespace gate_samples {
namespace {

struct Judged {
  const std::string& file;
  const EvaluationRecord& evaluation;
};

/// The runs of one group and evaluation on both sides.
class Collector {
 public:
  Collector(const GateGroup& group, std::string evaluation, GateReport& report)
      : group_(group), evaluation_(std::move(evaluation)), report_(report) {}

  void take(const GateInput::Members& then, const GateInput::Members& now) {
    for (const NamedRecord* record : then) add_then(*record);
    if (then_.empty()) return;
    std::set<Run> seen;
    for (const NamedRecord* record : now) add_now(*record, seen);
    if (now_.empty() && !differs_) broken("", "no new record holds this evaluation");
  }

  std::vector<MetricSample> samples() {
    std::set<std::string> metrics;
    for (const Judged& run : then_)
      for (const auto& [name, metric] : run.evaluation.metrics) metrics.insert(name);
    std::vector<MetricSample> out;
    for (const std::string& name : metrics) add_sample(name, out);
    for (const auto& run : now_)
      for (const auto& [name, metric] : run.evaluation.metrics)
        if (metrics.insert(name).second) note(name + " is not in the baseline");
    return out;
  }

 private:
  using Run = std::tuple<std::string, std::string>;  // seed, weights

  void note(const std::string& text) {
    report_.notes.push_back(fmt::format("{}: {} {}", group_.label(), evaluation_, text));
  }

  void broken(const std::string& metric, std::string reason) {
    report_.findings.push_back({.group = group_,
                                .evaluation = evaluation_,
                                .what = metric,
                                .verdict = Verdict::broken,
                                .reason = std::move(reason)});
  }

  /// Files of one group hold different evaluations, seeds or weights.
  void once(const NamedRecord& record, std::set<Run>& seen) const {
    require(seen.insert({record.record.text("seed"), record.record.text("weights_sha256")}).second,
            "{}: seed {} of '{}' is in another record of the same side too, with the same weights "
            "and evaluation {}",
            record.file, record.record.text("seed"), group_.label(), evaluation_);
  }

  void add_then(const NamedRecord& record) {
    const auto at = record.record.eval.find(evaluation_);
    if (at == record.record.eval.end()) return;
    if (attribute_text(at->second, "status") != "completed")
      return note(fmt::format("is {} in the baseline's {}", attribute_text(at->second, "status"),
                              record.file));
    once(record, seen_then_);
    if (!then_.empty()) {
      const std::string other = mismatch(then_.front().evaluation, at->second);
      require(other.empty(), "two baseline records of '{}' do not fit: {} {} from {} to {}",
              group_.label(), evaluation_, other, then_.front().file, record.file);
    }
    then_.push_back({record.file, at->second});
  }

  void add_now(const NamedRecord& record, std::set<Run>& seen) {
    const auto at = record.record.eval.find(evaluation_);
    if (at == record.record.eval.end()) return;
    once(record, seen);
    const std::string other = mismatch(then_.front().evaluation, at->second);
    if (!other.empty()) {
      differs_ = true;
      return broken("", record.file + ": " + other);
    }
    now_.push_back({record.file, at->second});
  }

  void add_sample(const std::string& name, std::vector<MetricSample>& out) {
    MetricSample sample{group_, evaluation_, name, {}, {}, {}};
    for (const Judged& run : then_) {
      const auto at = run.evaluation.metrics.find(name);
      if (at == run.evaluation.metrics.end() || !std::isfinite(at->second.value)) continue;
      if (sample.then.empty()) sample.reference = at->second;
      sample.then.push_back(at->second.value);
    }
    if (sample.then.empty()) return note(name + " is nowhere finite in the baseline");
    for (const Judged& run : now_)
      if (!add_value(run, sample)) return;
    if (!sample.now.empty()) out.push_back(std::move(sample));
  }

  bool add_value(const Judged& run, MetricSample& sample) {
    const auto at = run.evaluation.metrics.find(sample.metric);
    const auto says = [&](std::string reason) {
      broken(sample.metric, run.file + ": " + std::move(reason));
      return false;
    };
    if (at == run.evaluation.metrics.end()) return says("the metric is missing");
    const Metric& metric = at->second;
    if (metric.unit != sample.reference.unit)
      return says(fmt::format("unit was '{}', is '{}'", sample.reference.unit, metric.unit));
    if (metric.n != sample.reference.n)
      return says(fmt::format("over {} then, over {} now", sample.reference.n, metric.n));
    if (!std::isfinite(metric.value)) return says(fmt::format("the value is {}", metric.value));
    sample.now.push_back(metric.value);
    return true;
  }

  const GateGroup& group_;
  const std::string evaluation_;
  GateReport& report_;
  std::vector<Judged> then_, now_;
  std::set<Run> seen_then_;
  bool differs_ = false;  // a new record that cannot be compared was reported
};

}  // namespace
}  // namespace gate_samples

std::vector<MetricSample> collect_samples(const GateInput& input, GateReport& report) {
  std::vector<MetricSample> out;
  for (const auto& [group, then] : input.then) {
    const auto now = input.now.find(group);
    if (now == input.now.end()) continue;  // reported already
    std::set<std::string> evaluations;
    for (const NamedRecord* record : then)
      for (const auto& [name, evaluation] : record->record.eval) evaluations.insert(name);
    for (const std::string& name : evaluations) {
      gate_samples::Collector collector(group, name, report);
      collector.take(then, now->second);
      for (MetricSample& sample : collector.samples()) out.push_back(std::move(sample));
    }
  }
  return out;
}

}  // namespace dinobench
