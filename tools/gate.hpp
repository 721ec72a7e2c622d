// What the accuracy gate finds: shared by its two parts and its reports.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "tools/table_build.hpp"

namespace dinobench {

/// Records that differ in nothing but the seed, or are meant to.
struct GateGroup {
  std::string experiment, method, backbone, dataset_fingerprint;
  std::strong_ordering operator<=>(const GateGroup&) const = default;
  std::string label() const;  ///< "experiment method backbone", empty ones left out
};
GateGroup group_of(const RunRecord& record);

/// worse and broken (cannot be compared) are alarms.
enum class Verdict { equal, better, worse, broken };
std::string name_of(Verdict verdict);

/// One side of a comparison: mean and sample deviation over runs.
struct GateSide {
  double mean = std::numeric_limits<double>::quiet_NaN(), deviation = mean;
  int64_t runs = 0;
};

struct GateFinding {
  GateGroup group;
  std::string seed = {};   // of a single pair of runs; "" for means over seeds
  std::string evaluation;  // "" for a whole record, "train" for series
  std::string what;        // metric, array or series; "" for all of the evaluation
  Verdict verdict = Verdict::equal;
  std::string reason;  // of every verdict but a plain "equal"
  GateSide then{}, now{};
  double tolerance = std::numeric_limits<double>::quiet_NaN();
  std::string runs() const;  ///< the group's label, and the seed
};

struct GateReport {
  std::string rule;  // how it was judged, one sentence
  std::vector<GateFinding> findings;
  std::vector<std::string> notes;
  int64_t count(Verdict verdict) const;
  bool alarm() const { return count(Verdict::worse) + count(Verdict::broken) > 0; }
};

/// Both sides' records that can be judged. What did not complete among the new ones, and groups
/// that are missing there, are findings already; in the baseline they are left out and noted.
struct GateInput {
  using Members = std::vector<const NamedRecord*>;
  std::map<GateGroup, Members> then, now;
};
GateInput sort_records(const std::vector<NamedRecord>& baseline,
                       const std::vector<NamedRecord>& fresh, GateReport& report);

/// An attribute of an evaluation as text, "" where it is absent.
std::string attribute_text(const EvaluationRecord& evaluation, const std::string& name);

/// Why the evaluations of two records cannot be compared: status, protocol or data differ. Empty if
/// they can.
std::string mismatch(const EvaluationRecord& then, const EvaluationRecord& now);

/// Losses, errors and decays: a fall is good. The one place that knows.
bool lower_is_better(const std::string& metric);

}  // namespace dinobench
