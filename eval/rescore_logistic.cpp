// Accuracies of a logistic regression from its answers, and of those that lambda was picked on.
#include "eval/rescore.hpp"
#include "eval/rescore_arrays.hpp"

namespace dinobench::rescore_logistic {
namespace {

std::map<std::string, double> recompute(const EvaluationRecord& record) {
  std::map<std::string, double> out = top1_and_top5(record);
  if (record.raw.contains("sweep_predictions")) out["holdout_top1"] = best_of_sweep(record);
  return out;
}

[[maybe_unused]] const bool registered = Rescorers::add({"logistic", recompute});

}  // namespace
}  // namespace dinobench::rescore_logistic
