// Overlaps by image (attention) and by object (video).
#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error.hpp"
#include "eval/items.hpp"
#include "eval/rescore_arrays.hpp"

namespace dinobench::items_masks {
namespace {

/// Means of values that share an id, ids in order.
class Means {
 public:
  void add(const std::string& id, double value) {
    auto& [sum, count] = sums_[id];
    sum += value;
    ++count;
  }
  ItemScores scores() const {
    ItemScores out;
    for (const auto& [id, entry] : sums_) {
      out.ids.push_back(id);
      out.values.push_back(entry.first / entry.second);
    }
    return out;
  }

 private:
  std::map<std::string, std::pair<double, double>> sums_;
};

// The place in raw/thresholds of "..._t60"; its size if it is not there.
size_t threshold_of(const std::string& metric, const std::vector<double>& thresholds) {
  for (size_t t = 0; t < thresholds.size(); ++t)
    if (metric.ends_with(fmt::format("_t{:g}", 100 * thresholds[t]))) return t;
  return thresholds.size();
}

// Of one object: the best head, the mean head or one head.
double overlap(const std::string& metric, std::span<const double> heads, double of_mean) {
  if (metric.starts_with("mean_head_")) return of_mean;
  if (!metric.starts_with("head")) return *std::max_element(heads.begin(), heads.end());
  size_t head = 0;
  std::from_chars(metric.data() + 4, metric.data() + metric.size(), head);
  require(head < heads.size(), "{}: the record holds {} heads", metric, heads.size());
  return heads[head];
}

std::optional<ItemScores> attention(const EvaluationRecord& record, const std::string& metric) {
  if (!record.raw.contains("iou") || !record.raw.contains("image_ids")) return {};
  const auto& images = raw_values<std::string>(record, "image_ids");
  const auto& thresholds = raw_values<double>(record, "thresholds");
  const std::span<const double> overlaps = raw_values<double>(record, "iou");
  const auto& of_mean = raw_values<double>(record, "mean_head_iou");
  const auto heads = static_cast<size_t>(raw_shape(record, "iou", 3)[2]);
  const size_t t = threshold_of(metric, thresholds), rows = images.size() * thresholds.size();
  require(heads > 0 && overlaps.size() == rows * heads && of_mean.size() == rows,
          "raw/iou has {} elements, raw/mean_head_iou {}: expected {} rows of {} heads",
          overlaps.size(), of_mean.size(), rows, heads);
  if (t == thresholds.size()) return {};
  Means means;
  for (size_t object = 0; object < images.size(); ++object) {
    const size_t row = object * thresholds.size() + t;
    means.add(images[object], overlap(metric, overlaps.subspan(row * heads, heads), of_mean[row]));
  }
  return means.scores();
}

// J, F or their mean over the frames of an object, or the share of frames above one half.
std::optional<ItemScores> video(const EvaluationRecord& record, const std::string& metric) {
  const bool recall = metric.ends_with("_recall");
  if ((!recall && !metric.ends_with("_mean")) || !record.raw.contains("object_sequence")) return {};
  const auto& region = raw_values<double>(record, "J");
  const auto& contour = raw_values<double>(record, "F");
  const auto& objects = raw_values<int64_t>(record, "object");
  const auto& sequences = raw_values<std::string>(record, "object_sequence");
  const auto& labels = raw_values<int64_t>(record, "object_label");
  require(region.size() == objects.size() && contour.size() == objects.size() &&
              labels.size() == sequences.size(),
          "raw/J, F and object have {}, {} and {} elements", region.size(), contour.size(),
          objects.size());
  Means means;
  for (size_t i = 0; i < objects.size(); ++i) {
    const auto object = static_cast<size_t>(objects[i]);
    require(object < sequences.size(), "raw/object names object {} of {}", object,
            sequences.size());
    const double value = metric.starts_with("JF")  ? (region[i] + contour[i]) / 2
                         : metric.starts_with("J") ? region[i]
                                                   : contour[i];
    means.add(fmt::format("{}/{}", sequences[object], labels[object]),
              recall ? (value > 50 ? 100 : 0) : value);
  }
  return means.scores();
}

[[maybe_unused]] const bool registered =
    ItemScorers::add({"attention", attention}) && ItemScorers::add({"video", video});

}  // namespace
}  // namespace dinobench::items_masks
