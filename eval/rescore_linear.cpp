// Accuracies of a linear probe from its answers: after the last epoch, after the best one, and what
// a sweep picked on.
#include "eval/rescore.hpp"
#include "eval/rescore_arrays.hpp"

namespace dinobench::rescore_linear {
namespace {

std::map<std::string, double> recompute(const EvaluationRecord& record) {
  std::map<std::string, double> out = top1_and_top5(record);
  if (record.raw.contains("best_predictions"))  // not where given weights were judged
    out["best_top1"] = hit_percent(raw_values<int64_t>(record, "labels"),
                                   raw_values<int64_t>(record, "best_predictions"), 1, 1);
  if (record.raw.contains("sweep_predictions")) out["holdout_top1"] = best_of_sweep(record);
  return out;
}

[[maybe_unused]] const bool registered = Rescorers::add({"linear", recompute});

}  // namespace
}  // namespace dinobench::rescore_linear
