// Comparison of stored and recomputed metrics.
#include "tools/rescore_check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "eval/rescore.hpp"

namespace dinobench {
namespace rescore_check {
namespace {

constexpr double kTolerance = 1e-9;  // relative
constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

bool agree(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= kTolerance * std::max(std::abs(a), std::abs(b));
}

std::map<std::string, double> recomputed(const std::string& name, const EvaluationRecord& record) {
  try {
    return Rescorers::find(name).recompute(record);
  } catch (const Error& error) {
    fail("{}: {}", name, error.what());
  }
}

bool completed(const EvaluationRecord& record) {
  const auto at = record.attributes.find("status");
  const auto* status =
      at == record.attributes.end() ? nullptr : std::get_if<std::string>(&at->second);
  return status != nullptr && *status == "completed";
}

}  // namespace
}  // namespace rescore_check

std::vector<RescoredMetric> rescore(const RunRecord& record) {
  using rescore_check::kNothing;
  std::vector<RescoredMetric> out;
  for (const auto& [name, evaluation] : record.eval) {
    if (!rescore_check::completed(evaluation) && evaluation.metrics.empty()) continue;
    if (!Rescorers::has(name)) {
      out.push_back({name, "", kNothing, kNothing, "no rescorer"});
      continue;
    }
    std::map<std::string, double> again = rescore_check::recomputed(name, evaluation);
    if (evaluation.metrics.empty() && again.empty())
      out.push_back({name, "", kNothing, kNothing, "no metrics"});
    for (const auto& [metric, stored] : evaluation.metrics) {
      const auto found = again.find(metric);
      if (found == again.end()) {
        out.push_back({name, metric, stored.value, kNothing, "not recomputed"});
        continue;
      }
      const bool same = rescore_check::agree(stored.value, found->second);
      out.push_back({name, metric, stored.value, found->second, same ? "" : "differs"});
      again.erase(found);
    }
    for (const auto& [metric, value] : again)
      out.push_back({name, metric, kNothing, value, "not stored"});
  }
  return out;
}

}  // namespace dinobench
