// Records made by hand for the tests of what compares records.
#pragma once

#include <string>

#include "tools/table_build.hpp"

namespace dinobench {
namespace made {

/// A completed record of seed `seed` with one k-NN evaluation over 50 images and its k20_top1.
inline NamedRecord record(int64_t seed, double top1, const std::string& method = "dino") {
  RunRecord record;
  record.attributes = {{"status", "completed"},       {"error", ""},
                       {"experiment", "nightly"},     {"method", method},
                       {"backbone", "vit_nano"},      {"seed", seed},
                       {"dataset_fingerprint", "f1"}, {"weights_sha256", "w"}};
  EvaluationRecord& knn = record.eval["knn"];
  knn.attributes = {{"status", "completed"}, {"protocol", "knn-v1"}, {"dataset_fingerprint", "d1"}};
  knn.metrics["k20_top1"] = {top1, "percent", 50};
  return {method + std::to_string(seed) + ".h5", record};
}

}  // namespace made
}  // namespace dinobench
