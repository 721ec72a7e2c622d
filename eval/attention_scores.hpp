// Overlaps of objects with attention masks, and what is made of them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/run_record.hpp"
#include "eval/mask_overlap.hpp"

namespace dinobench {

/// Of all objects, in order of image and id.
struct AttentionScores {
  std::vector<double> thresholds;
  std::vector<int64_t> image, id, area;  // [objects]; image: index into the list
  std::vector<double> iou;               // [objects, thresholds, heads], percent
  std::vector<double> mean_head_iou;     // [objects, thresholds], of the map averaged over heads
  int64_t heads = 0;

  int64_t size() const { return static_cast<int64_t>(id.size()); }
  /// Adds what object_scores() gave for image number `index`; returns how much of `row` it read.
  size_t add(int64_t index, const std::vector<double>& row);
};

/// The scores of one image as numbers that can travel between ranks. attention: float32 [heads,
/// rows, columns] on the patches of `mask`.
std::vector<double> object_scores(const PatchedMask& mask, const at::Tensor& attention,
                                  const std::vector<double>& thresholds);

/// Metrics jaccard_t<percent> (best head per object, the first of equals), mean_head_jaccard_t..,
/// head<h>_jaccard_t..: mean over an image's objects, then over the images that have one, with a
/// bootstrap interval over images; and the raw arrays behind them. There is at least one object.
void fill_record(const AttentionScores& scores, uint64_t seed, EvaluationRecord& record);

}  // namespace dinobench
