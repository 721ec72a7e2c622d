// The answers behind a metric, item by item: what a paired comparison of two records works on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/registry.hpp"
#include "core/run_record.hpp"

namespace dinobench {

/// One score an image, query or object, in the unit of the metric; their mean is the metric. Items
/// that the metric leaves out (queries without positives) are not here.
struct ItemScores {
  std::vector<std::string> ids;  // unique within the evaluation's data set
  std::vector<double> values;
};

/// One entry an evaluation, in eval/items_<name>.cpp.
struct ItemScorerEntry {
  std::string name;  // of the evaluation
  /// Nothing where the metric is no mean over items (micro AP), or the record does not hold what it
  /// takes. Input Error if the raw arrays do not fit each other.
  std::optional<ItemScores> (*scores)(const EvaluationRecord& record, const std::string& metric);
  static const char* kind() { return "item scorer"; }
};
using ItemScorers = Registry<ItemScorerEntry>;

/// 100 where label and answer agree, else 0, for raw arrays of these names and `paths`.
std::optional<ItemScores> hit_items(const EvaluationRecord& record, const std::string& answers,
                                    size_t depth = 1);

/// 100 x the values of a raw array of shares, NaN left out; ids from another raw array.
std::optional<ItemScores> share_items(const EvaluationRecord& record, const std::string& shares,
                                      const std::string& ids);

}  // namespace dinobench
