// J and F over objects, from the raw values of each object and frame.
#include <cmath>

#include "core/error.hpp"
#include "eval/rescore.hpp"
#include "eval/rescore_arrays.hpp"

namespace dinobench::rescore_video {
namespace {

using Numbers = std::vector<double>;

double mean(const Numbers& values, size_t first, size_t last) {  // both ends included
  double sum = 0;
  for (size_t i = first; i <= last; ++i) sum += values[i];
  return sum / static_cast<double>(last - first + 1);
}

// Quarter ends at 1 + (n - 1) * q / 4, counted from 1, rounded with halves up.
size_t quarter_end(size_t n, size_t quarter) { return (4 + (n - 1) * quarter + 2) / 4 - 1; }

struct Sums {
  double mean = 0, recall = 0, decay = 0;

  void add(const Numbers& values) {
    const size_t n = values.size();
    double hits = 0;
    for (const double value : values) hits += value > 50 ? 1 : 0;
    mean += rescore_video::mean(values, 0, n - 1);
    recall += 100 * hits / static_cast<double>(n);
    decay += rescore_video::mean(values, 0, quarter_end(n, 1)) -
             rescore_video::mean(values, quarter_end(n, 3), n - 1);
  }
};

Sums sums_of(const EvaluationRecord& record, const std::string& measure, size_t objects) {
  const auto& values = raw_values<double>(record, measure);
  const auto& owners = raw_values<int64_t>(record, "object");
  require(values.size() == owners.size(), "video: raw/{} has {} values, raw/object {}", measure,
          values.size(), owners.size());
  std::vector<Numbers> by_object(objects);
  for (size_t i = 0; i < values.size(); ++i) {
    require(owners[i] >= 0 && static_cast<size_t>(owners[i]) < objects,
            "video: raw/object names object {} of {}", owners[i], objects);
    by_object[static_cast<size_t>(owners[i])].push_back(values[i]);
  }
  Sums sums;
  for (const Numbers& object : by_object) {
    require(!object.empty(), "video: raw/{} has no value for an object", measure);
    sums.add(object);
  }
  return sums;
}

std::map<std::string, double> recompute(const EvaluationRecord& record) {
  std::map<std::string, double> metrics;
  const size_t objects = raw_values<int64_t>(record, "object_label").size();
  const auto n = static_cast<double>(objects);
  for (const std::string measure : {"J", "F"}) {
    const Sums sums = sums_of(record, measure, objects);
    metrics[measure + "_mean"] = sums.mean / n;
    metrics[measure + "_recall"] = sums.recall / n;
    metrics[measure + "_decay"] = sums.decay / n;
  }
  metrics["JF_mean"] = (metrics["J_mean"] + metrics["F_mean"]) / 2;
  return metrics;
}

[[maybe_unused]] const bool registered = Rescorers::add({"video", recompute});

}  // namespace
}  // namespace dinobench::rescore_video
