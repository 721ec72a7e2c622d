// From overlaps to Jaccard: objects, images, split.
#include "eval/attention_scores.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "eval/attention_map.hpp"
#include "eval/metrics.hpp"

namespace dinobench {
namespace attention_scores {
namespace {

/// values: one an object. Mean over the objects of an image, then over images.
Metric mean_over_images(const std::vector<int64_t>& image, const std::vector<double>& values,
                        uint64_t seed) {
  std::vector<double> means;
  for (size_t first = 0, last = 0; first < values.size(); first = last) {
    double sum = 0;
    for (; last < values.size() && image[last] == image[first]; ++last) sum += values[last];
    means.push_back(sum / static_cast<double>(last - first));
  }
  double sum = 0;
  for (const double mean : means) sum += mean;
  const Interval interval = bootstrap_mean(means, seed);
  const auto n = static_cast<int64_t>(means.size());
  return {sum / static_cast<double>(n), "percent", n, interval.low, interval.high};
}

/// Every `stride`-th value from `first` on.
std::vector<double> column(const std::vector<double>& values, size_t first, size_t stride) {
  std::vector<double> out;
  for (size_t i = first; i < values.size(); i += stride) out.push_back(values[i]);
  return out;
}

/// Index of the largest of each `width` values, the first of equals.
std::vector<int64_t> best_of(const std::vector<double>& values, int64_t width) {
  std::vector<int64_t> best;
  for (auto first = values.begin(); first != values.end(); first += width)
    best.push_back(std::max_element(first, first + width) - first);
  return best;
}

}  // namespace
}  // namespace attention_scores

std::vector<double> object_scores(const PatchedMask& mask, const at::Tensor& attention,
                                  const std::vector<double>& thresholds) {
  const at::Tensor maps = at::cat({attention, mean_head(attention).unsqueeze(0)});
  const auto patches = static_cast<size_t>(maps[0].numel());
  std::vector<at::Tensor> kept;
  for (const double threshold : thresholds) kept.push_back(mass_mask(maps, threshold).contiguous());
  std::vector<double> row{static_cast<double>(attention.size(0)),
                          static_cast<double>(mask.objects.size())};
  for (const MaskObject& object : mask.objects) {
    row.push_back(static_cast<double>(object.id));
    row.push_back(static_cast<double>(object.area));
    for (const at::Tensor& masks : kept)
      for (int64_t map = 0; map < maps.size(0); ++map)
        row.push_back(100 * overlap(mask, object, {masks[map].const_data_ptr<bool>(), patches}));
  }
  return row;
}

size_t AttentionScores::add(int64_t index, const std::vector<double>& row) {
  auto at = row.begin();
  const auto next = [&] { return static_cast<int64_t>(*at++); };
  heads = next();
  for (int64_t left = next(); left > 0; --left) {
    image.push_back(index);
    id.push_back(next());
    area.push_back(next());
    for (size_t t = 0; t < thresholds.size(); ++t) {
      iou.insert(iou.end(), at, at + heads);
      at += heads;
      mean_head_iou.push_back(*at++);
    }
  }
  return static_cast<size_t>(at - row.begin());
}

void fill_record(const AttentionScores& scores, uint64_t seed, EvaluationRecord& record) {
  using namespace attention_scores;
  const size_t count = scores.thresholds.size(), heads = static_cast<size_t>(scores.heads);
  const std::vector<int64_t> best = best_of(scores.iou, scores.heads);
  std::vector<double> best_iou;
  for (size_t i = 0; i < best.size(); ++i)
    best_iou.push_back(scores.iou[i * heads + static_cast<size_t>(best[i])]);
  const auto metric = [&](const std::string& name, const std::vector<double>& values) {
    record.metrics[name] = mean_over_images(scores.image, values, seed);
  };
  for (size_t t = 0; t < count; ++t) {
    const std::string name = fmt::format("jaccard_t{:g}", 100 * scores.thresholds[t]);
    metric(name, column(best_iou, t, count));
    metric("mean_head_" + name, column(scores.mean_head_iou, t, count));
    for (size_t head = 0; head < heads; ++head)
      metric(fmt::format("head{}_{}", head, name),
             column(scores.iou, t * heads + head, count * heads));
  }
  const int64_t n = scores.size(), width = static_cast<int64_t>(count);
  record.raw["object_ids"] = {{n}, scores.id};
  record.raw["object_areas"] = {{n}, scores.area};
  record.raw["iou"] = {{n, width, scores.heads}, scores.iou};
  record.raw["mean_head_iou"] = {{n, width}, scores.mean_head_iou};
  record.raw["best_head"] = {{n, width}, best};
  record.raw["thresholds"] = {{width}, scores.thresholds};
}

}  // namespace dinobench
