// Accuracy of a grid of linear probes on extracted features.
#pragma once

#include <vector>

#include "eval/linear_probe.hpp"
#include "eval/ranked_classes.hpp"

namespace dinobench {

struct Judgement {
  std::vector<RankedClasses> ranked;  // of each probe; empty for one that diverged
  std::vector<double> loss;           // mean cross-entropy over the images; NaN then
  std::vector<int64_t> hits() const;  ///< top-1, of each probe
  /// [N] first classes of a probe; -1 for one that diverged.
  std::vector<int64_t> predictions(int64_t probe, const FeatureBank& bank) const;
};

/// Every rank judges all images: the same answers everywhere.
Judgement judge(const ProbeGrid& grid, const FeatureBank& bank);

}  // namespace dinobench
