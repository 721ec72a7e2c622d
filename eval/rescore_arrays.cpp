// Checks at the border: a record may come from anywhere.
#include "eval/rescore_arrays.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace dinobench {
namespace rescore_arrays {
namespace {

const Array& find(const EvaluationRecord& record, const std::string& name) {
  const auto at = record.raw.find(name);
  require(at != record.raw.end(), "raw/{} is missing", name);
  return at->second;
}

}  // namespace
}  // namespace rescore_arrays

template <class Element>
const std::vector<Element>& raw_values(const EvaluationRecord& record, const std::string& name) {
  const auto* values =
      std::get_if<std::vector<Element>>(&rescore_arrays::find(record, name).values);
  require(values != nullptr, "raw/{} is of another type than expected", name);
  return *values;
}
template const std::vector<float>& raw_values<float>(const EvaluationRecord&, const std::string&);
template const std::vector<double>& raw_values<double>(const EvaluationRecord&, const std::string&);
template const std::vector<int64_t>& raw_values<int64_t>(const EvaluationRecord&,
                                                         const std::string&);
template const std::vector<uint8_t>& raw_values<uint8_t>(const EvaluationRecord&,
                                                         const std::string&);
template const std::vector<std::string>& raw_values<std::string>(const EvaluationRecord&,
                                                                 const std::string&);

const std::vector<int64_t>& raw_shape(const EvaluationRecord& record, const std::string& name,
                                      size_t dimensions) {
  const std::vector<int64_t>& shape = rescore_arrays::find(record, name).shape;
  require(shape.size() == dimensions, "raw/{} has shape [{}], expected {} dimensions", name,
          fmt::join(shape, ", "), dimensions);
  return shape;
}

double raw_attribute(const EvaluationRecord& record, const std::string& name) {
  const auto at = record.attributes.find(name);
  require(at != record.attributes.end(), "attribute '{}' is missing", name);
  if (const auto* whole = std::get_if<int64_t>(&at->second)) return static_cast<double>(*whole);
  const auto* real = std::get_if<double>(&at->second);
  require(real != nullptr, "attribute '{}' is not a number", name);
  return *real;
}

double hit_percent(std::span<const int64_t> labels, std::span<const int64_t> answers, int64_t width,
                   int64_t depth) {
  const auto rows = static_cast<int64_t>(labels.size());
  require(rows > 0 && width > 0 && static_cast<int64_t>(answers.size()) == rows * width,
          "{} answers do not fit {} labels, {} a row", answers.size(), rows, width);
  int64_t hits = 0;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t i = row * width; i < row * width + std::min(depth, width); ++i)
      if (answers[static_cast<size_t>(i)] == labels[static_cast<size_t>(row)]) {
        ++hits;
        break;
      }
  return 100.0 * static_cast<double>(hits) / static_cast<double>(rows);
}

double best_of_sweep(const EvaluationRecord& record) {
  const auto& labels = raw_values<int64_t>(record, "holdout_labels");
  const std::span<const int64_t> answers = raw_values<int64_t>(record, "sweep_predictions");
  const std::vector<int64_t>& shape = raw_shape(record, "sweep_predictions", 2);
  require(shape[0] > 0 && shape[1] == static_cast<int64_t>(labels.size()),
          "raw/sweep_predictions has {} columns for {} held-out labels", shape[1], labels.size());
  double best = 0;
  for (int64_t probe = 0; probe < shape[0]; ++probe) {
    const auto first = static_cast<size_t>(probe * shape[1]);
    best = std::max(best, hit_percent(labels, answers.subspan(first, labels.size()), 1, 1));
  }
  return best;
}

std::map<std::string, double> top1_and_top5(const EvaluationRecord& record) {
  const auto& labels = raw_values<int64_t>(record, "labels");
  const int64_t kept = raw_shape(record, "top5", 2)[1];
  return {{"top1", hit_percent(labels, raw_values<int64_t>(record, "predictions"), 1, 1)},
          {"top5", hit_percent(labels, raw_values<int64_t>(record, "top5"), kept, 5)}};
}

}  // namespace dinobench
