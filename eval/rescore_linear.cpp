// Accuracies of a linear probe from its answers: after the last epoch, after the best one, and what
// a sweep picked on.
#include <algorithm>
#include <span>

#include "core/error.hpp"
#include "eval/rescore.hpp"
#include "eval/rescore_arrays.hpp"

namespace dinobench::rescore_linear {
namespace {

// The best of the grid: its answers are rows of [P, N].
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

std::map<std::string, double> recompute(const EvaluationRecord& record) {
  const auto& labels = raw_values<int64_t>(record, "labels");
  const int64_t kept = raw_shape(record, "top5", 2)[1];
  std::map<std::string, double> out{
      {"top1", hit_percent(labels, raw_values<int64_t>(record, "predictions"), 1, 1)},
      {"top5", hit_percent(labels, raw_values<int64_t>(record, "top5"), kept, 5)}};
  if (record.raw.contains("best_predictions"))  // not where given weights were judged
    out["best_top1"] = hit_percent(labels, raw_values<int64_t>(record, "best_predictions"), 1, 1);
  if (record.raw.contains("sweep_predictions")) out["holdout_top1"] = best_of_sweep(record);
  return out;
}

[[maybe_unused]] const bool registered = Rescorers::add({"linear", recompute});

}  // namespace
}  // namespace dinobench::rescore_linear
