// Typed access to the raw answers of a record, for rescorers.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/run_record.hpp"

namespace dinobench {

/// The elements of raw array `name`. Input Error if it is missing or of another element type.
/// Elements: float, double, int64_t, uint8_t, std::string.
template <class Element>
const std::vector<Element>& raw_values(const EvaluationRecord& record, const std::string& name);

/// Its shape, which must have `dimensions` of them. Input Error otherwise.
const std::vector<int64_t>& raw_shape(const EvaluationRecord& record, const std::string& name,
                                      size_t dimensions);

/// A numeric attribute of the evaluation. Input Error if it is missing or text.
double raw_attribute(const EvaluationRecord& record, const std::string& name);

/// Percentage of rows whose label is among the first `depth` of the row's `width` answers. Input
/// Error if the answers are not labels.size() rows, or there are none.
double hit_percent(std::span<const int64_t> labels, std::span<const int64_t> answers, int64_t width,
                   int64_t depth);

/// Accuracy in percent of the best of P settings on held-out images: raw sweep_predictions [P, N],
/// holdout_labels [N]. Input Error as above.
double best_of_sweep(const EvaluationRecord& record);

/// Of a classifier, from its arrays labels, predictions and top5.
std::map<std::string, double> top1_and_top5(const EvaluationRecord& record);

}  // namespace dinobench
