// The five most probable classes of every image, and how often the right one is among them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "core/run_record.hpp"
#include "eval/features.hpp"

namespace dinobench {

/// Classes by descending score, equal scores by lower index.
struct RankedClasses {
  int64_t kept = 0;            // min(5, classes)
  std::vector<int64_t> best;   // [N, kept] classes, most probable first
  int64_t top1 = 0, top5 = 0;  // rows whose label comes first, is among the kept
  int64_t size() const { return kept == 0 ? 0 : static_cast<int64_t>(best.size()) / kept; }
  std::vector<int64_t> first() const;  ///< [N] the most probable class

  /// Appends rows. logits [n, classes] float on any device, labels [n] in [0, classes). A logit
  /// that is not a number is a run Error.
  void add(const at::Tensor& logits, std::span<const int64_t> labels);
};

/// Metrics top1 and top5; raw predictions [N], top5 [N, kept], labels [N], paths [N]. The rows are
/// those of the bank.
void keep_answers(const RankedClasses& ranked, const FeatureBank& bank, EvaluationRecord& record);

}  // namespace dinobench
