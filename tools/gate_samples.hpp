// The values of one metric on both sides of the gate.
#pragma once

#include "tools/gate.hpp"

namespace dinobench {

struct MetricSample {
  GateGroup group;
  std::string evaluation, metric;
  Metric reference;  // of the first baseline run: unit, n, interval
  std::vector<double> then, now;
};

/// One sample for each metric of each group's completed evaluations. What is missing or cannot be
/// compared becomes a broken finding instead. Input Errors as judge_means().
std::vector<MetricSample> collect_samples(const GateInput& input, GateReport& report);

}  // namespace dinobench
