// Every stored metric of a record against the same metric from the raw answers.
#pragma once

#include <string>
#include <vector>

#include "core/run_record.hpp"

namespace dinobench {

struct RescoredMetric {
  std::string evaluation, metric;
  double stored = 0, recomputed = 0;  // NaN where there is none
  std::string problem;                // empty: they agree to 1e-9, relative
};

/// One entry a metric of each completed evaluation, those included that only one side knows. An
/// evaluation without a rescorer, and a completed one without metrics, is an entry with a problem.
/// Evaluations of another status hold no metrics and give no entry. Input Error, naming the
/// evaluation, if its raw arrays are not there or do not fit.
std::vector<RescoredMetric> rescore(const RunRecord& record);

}  // namespace dinobench
