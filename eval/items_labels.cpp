// Hits of the evaluations that give labels: k-NN, the linear probe, a network's own classifier.
#include <algorithm>
#include <charconv>

#include "core/error.hpp"
#include "eval/items.hpp"
#include "eval/knn_places.hpp"
#include "eval/rescore_arrays.hpp"

namespace dinobench::items_labels {
namespace {

// k20_top5 once more from neighbours and similarities: fifth places are not stored one by one.
std::optional<ItemScores> fifth_places(const EvaluationRecord& record, const std::string& metric) {
  for (const char* name : {"neighbours", "similarities", "train_labels", "labels", "paths"})
    if (!record.raw.contains(name)) return {};
  if (!record.attributes.contains("temperature")) return {};
  int64_t k = 0;
  std::from_chars(metric.data() + 1, metric.data() + metric.size(), k);
  ItemScores out{raw_values<std::string>(record, "paths"), {}};
  for (const int64_t before : knn_places(record, k))
    out.values.push_back(before < std::min<int64_t>(5, k) ? 100 : 0);
  require(out.values.size() == out.ids.size(), "raw/paths has {} elements for {} queries",
          out.ids.size(), out.values.size());
  return out;
}

// k20_top1 from k20_predictions.
std::optional<ItemScores> knn(const EvaluationRecord& record, const std::string& metric) {
  if (metric.ends_with("_top5")) return fifth_places(record, metric);
  if (!metric.ends_with("_top1")) return {};
  return hit_items(record, metric.substr(0, metric.size() - 4) + "predictions");
}

std::optional<ItemScores> classified(const EvaluationRecord& record, const std::string& metric) {
  if (metric == "top1") return hit_items(record, "predictions");
  if (metric == "top5") return hit_items(record, "top5", 5);
  if (metric == "best_top1") return hit_items(record, "best_predictions");
  return {};
}

[[maybe_unused]] const bool registered = ItemScorers::add({"knn", knn}) &&
                                         ItemScorers::add({"linear", classified}) &&
                                         ItemScorers::add({"classifier", classified});

}  // namespace
}  // namespace dinobench::items_labels
