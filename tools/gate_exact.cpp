// Seed by seed, part by part, place by place.
#include "tools/gate_exact.hpp"

#include <cmath>
#include <tuple>

#include "core/error.hpp"
#include "tools/array_difference.hpp"
#include "tools/record_circumstances.hpp"

namespace dinobench {
namespace gate_exact {
namespace {

constexpr const char* kTrain = "train";

using Part = std::pair<std::string, std::string>;  // seed, evaluation or "train"
using Parts = std::map<Part, const NamedRecord*>;

Parts parts_of(const GateGroup& group, const GateInput::Members& members) {
  Parts out;
  const auto add = [&](const NamedRecord& record, const std::string& part) {
    const std::string seed = record.record.text("seed");
    const auto [at, fresh] = out.emplace(Part{seed, part}, &record);
    require(fresh, "{} and {} both hold {} of '{}', seed {}", at->second->file, record.file, part,
            group.label(), seed);
  };
  for (const NamedRecord* record : members) {
    for (const auto& [name, evaluation] : record->record.eval) add(*record, name);
    if (!record->record.train.empty()) add(*record, kTrain);
  }
  return out;
}

/// One part of one seed on both sides.
class Pair {
 public:
  Pair(const GateGroup& group, Part part, double rtol, GateReport& report)
      : group_(group), part_(std::move(part)), rtol_(rtol), report_(report) {}

  void evaluation(const EvaluationRecord& then, const EvaluationRecord& now) {
    if (const std::string other = mismatch(then, now); !other.empty()) return broken("", other);
    metrics(then.metrics, now.metrics);
    attributes(then.attributes, now.attributes);
    each(then.raw, now.raw, "raw/",
         [&](const Array& a, const Array& b) { return difference_of(a, b, rtol_); });
    summary(fmt::format("{} raw arrays equal", equal_));
  }

  using Series = std::map<std::string, std::vector<double>>;
  void train(const Series& then, const Series& now) {
    each(then, now, "", [&](const auto& a, const auto& b) { return difference_of(a, b, rtol_); });
    const auto steps = then.find("step");
    summary(fmt::format("{} series of {} steps equal", equal_,
                        steps == then.end() ? 0 : steps->second.size()));
  }

  void broken(const std::string& what, const std::string& reason) {
    add(what, Verdict::broken, reason);
  }

 private:
  void add(const std::string& what, Verdict verdict, const std::string& reason) {
    report_.findings.push_back({.group = group_,
                                .seed = part_.first,
                                .evaluation = part_.second,
                                .what = what,
                                .verdict = verdict,
                                .reason = reason});
    broken_ = broken_ || verdict == Verdict::broken;
  }

  void summary(const std::string& text) {
    if (!broken_) add("", Verdict::equal, text);
  }

  void metrics(const std::map<std::string, Metric>& then,
               const std::map<std::string, Metric>& now) {
    for (const auto& [name, metric] : then) {
      const auto at = now.find(name);
      if (at == now.end()) {
        broken(name, "the metric is missing");
        continue;
      }
      const std::string reason = metric_difference(metric, at->second);
      add(name, reason.empty() ? Verdict::equal : Verdict::broken,
          reason.empty() ? "equal" : reason);
      report_.findings.back().then = {metric.value, std::nan(""), 1};
      report_.findings.back().now = {at->second.value, std::nan(""), 1};
    }
  }

  std::string metric_difference(const Metric& then, const Metric& now) const {
    if (then.unit != now.unit || then.n != now.n)
      return fmt::format("over {} ({}) then, over {} ({}) now", then.n, then.unit, now.n, now.unit);
    if (same_number(then.value, now.value, rtol_)) return "";
    return fmt::format("{} then, {} now", then.value, now.value);
  }

  void attributes(const Attributes& then, const Attributes& now) {
    for (const auto& [name, value] : then) {
      if (is_circumstance(name)) continue;
      const auto at = now.find(name);
      const auto shown = [](const Attribute& one) {
        return std::visit([](const auto& v) { return fmt::format("{}", v); }, one);
      };
      if (at == now.end())
        broken("attribute " + name, "missing");
      else if (!same(value, at->second))
        broken("attribute " + name,
               fmt::format("{} then, {} now", shown(value), shown(at->second)));
    }
  }

  bool same(const Attribute& a, const Attribute& b) const {
    const auto *x = std::get_if<double>(&a), *y = std::get_if<double>(&b);
    return x != nullptr && y != nullptr ? same_number(*x, *y, rtol_) : a == b;
  }

  template <class Values, class Compare>
  void each(const Values& then, const Values& now, const std::string& prefix, Compare compare) {
    for (const auto& [name, values] : then) {
      if (is_timing_series(name)) continue;
      const auto at = now.find(name);
      const auto difference = at == now.end() ? std::nullopt : compare(values, at->second);
      if (at == now.end())
        broken(prefix + name, "missing");
      else if (difference)
        broken(prefix + name, difference->text());
      else
        ++equal_;
    }
  }

  const GateGroup& group_;
  const Part part_;
  const double rtol_;
  GateReport& report_;
  bool broken_ = false;
  int64_t equal_ = 0;
};

}  // namespace
}  // namespace gate_exact

void judge_exactly(const GateInput& input, double rtol, GateReport& report) {
  using namespace gate_exact;
  require(rtol >= 0, "--rtol {}: expected 0 or more", rtol);
  for (const auto& [group, members] : input.then) {
    const auto found = input.now.find(group);
    if (found == input.now.end()) continue;  // reported already
    const Parts then = parts_of(group, members), now = parts_of(group, found->second);
    for (const auto& [part, record] : then) {
      Pair pair(group, part, rtol, report);
      const auto at = now.find(part);
      if (at == now.end())
        pair.broken("", "no new record holds it");
      else if (part.second == kTrain)
        pair.train(record->record.train, at->second->record.train);
      else
        pair.evaluation(record->record.eval.at(part.second),
                        at->second->record.eval.at(part.second));
    }
  }
  report.rule =
      fmt::format("runs of the same seed may differ by rounding only (relative {:g})", rtol);
}

}  // namespace dinobench
