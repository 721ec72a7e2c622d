// Jaccard over images from the overlaps of objects with heads.
#include <algorithm>

#include "core/error.hpp"
#include "eval/rescore.hpp"
#include "eval/rescore_arrays.hpp"

namespace dinobench::rescore_attention {
namespace {

/// Sums of objects' values by image.
class ImageMeans {
 public:
  void add(const std::string& image, double value) {
    auto& [sum, count] = images_[image];
    sum += value;
    ++count;
  }
  double mean() const {
    double total = 0;
    for (const auto& [image, entry] : images_)
      total += entry.first / static_cast<double>(entry.second);
    return total / static_cast<double>(images_.size());
  }

 private:
  std::map<std::string, std::pair<double, int64_t>> images_;
};

std::map<std::string, double> recompute(const EvaluationRecord& record) {
  const auto& images = raw_values<std::string>(record, "image_ids");
  const auto& thresholds = raw_values<double>(record, "thresholds");
  const auto& overlaps = raw_values<double>(record, "iou");
  const auto& of_mean = raw_values<double>(record, "mean_head_iou");
  const std::vector<int64_t>& shape = raw_shape(record, "iou", 3);
  const size_t objects = images.size(), count = thresholds.size();
  const auto heads = static_cast<size_t>(shape[2]);
  require(objects > 0 && heads > 0 && overlaps.size() == objects * count * heads &&
              of_mean.size() == objects * count,
          "raw/iou has shape [{}], raw/mean_head_iou {} elements: expected [{}, {}, heads]",
          fmt::join(shape, ", "), of_mean.size(), objects, count);
  std::map<std::string, ImageMeans> sums;
  for (size_t object = 0; object < objects; ++object) {
    for (size_t t = 0; t < count; ++t) {
      const std::string name = fmt::format("jaccard_t{:g}", 100 * thresholds[t]);
      double best = 0;
      for (size_t head = 0; head < heads; ++head) {
        const double value = overlaps[(object * count + t) * heads + head];
        best = std::max(best, value);
        sums[fmt::format("head{}_{}", head, name)].add(images[object], value);
      }
      sums[name].add(images[object], best);
      sums["mean_head_" + name].add(images[object], of_mean[object * count + t]);
    }
  }
  std::map<std::string, double> metrics;
  for (const auto& [name, means] : sums) metrics[name] = means.mean();
  return metrics;
}

[[maybe_unused]] const bool registered = Rescorers::add({"attention", recompute});

}  // namespace
}  // namespace dinobench::rescore_attention
