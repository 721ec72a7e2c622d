// Hits of the evaluations that give labels: k-NN, the linear probe, a network's own classifier.
#include "eval/items.hpp"

namespace dinobench::items_labels {
namespace {

// k20_top1 from k20_predictions. Fifth places are not stored one by one.
std::optional<ItemScores> knn(const EvaluationRecord& record, const std::string& metric) {
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
