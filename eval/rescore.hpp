// Metrics recomputed from the raw answers of a record. One entry an evaluation, in
// eval/rescore_<name>.cpp.
#pragma once

#include <map>
#include <string>

#include "core/registry.hpp"
#include "core/run_record.hpp"

namespace dinobench {

/// Shares nothing with its evaluation but the metric's definition: plain loops over the raw arrays,
/// no torch.
struct RescorerEntry {
  std::string name;  // of the evaluation
  /// Value of every metric that the evaluation stores, by name. Input Error if an array is missing
  /// or has another shape.
  std::map<std::string, double> (*recompute)(const EvaluationRecord& record);
  static const char* kind() { return "rescorer"; }
};
using Rescorers = Registry<RescorerEntry>;

}  // namespace dinobench
