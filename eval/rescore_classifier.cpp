// Top-1 and top-5 of a supervised classifier from its answers.
#include "eval/rescore.hpp"
#include "eval/rescore_arrays.hpp"

namespace dinobench::rescore_classifier {
namespace {

std::map<std::string, double> recompute(const EvaluationRecord& record) {
  const auto& labels = raw_values<int64_t>(record, "labels");
  const int64_t kept = raw_shape(record, "top5", 2)[1];
  return {{"top1", hit_percent(labels, raw_values<int64_t>(record, "predictions"), 1, 1)},
          {"top5", hit_percent(labels, raw_values<int64_t>(record, "top5"), kept, 5)}};
}

[[maybe_unused]] const bool registered = Rescorers::add({"classifier", recompute});

}  // namespace
}  // namespace dinobench::rescore_classifier
