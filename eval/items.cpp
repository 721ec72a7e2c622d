// What several evaluations store alike: answers beside labels, and shares beside ids.
#include "eval/items.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "eval/rescore_arrays.hpp"

namespace dinobench {

std::optional<ItemScores> hit_items(const EvaluationRecord& record, const std::string& answers,
                                    size_t depth) {
  if (!record.raw.contains(answers) || !record.raw.contains("paths")) return {};
  const auto& labels = raw_values<int64_t>(record, "labels");
  const auto& given = raw_values<int64_t>(record, answers);
  ItemScores out{raw_values<std::string>(record, "paths"), {}};
  const size_t width = labels.empty() ? 0 : given.size() / labels.size();
  require(width > 0 && given.size() == width * labels.size() && out.ids.size() == labels.size(),
          "raw/{} has {} elements for {} labels and {} paths", answers, given.size(), labels.size(),
          out.ids.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto first = given.begin() + static_cast<std::ptrdiff_t>(i * width);
    const auto last = first + static_cast<std::ptrdiff_t>(std::min(width, depth));
    out.values.push_back(std::find(first, last, labels[i]) == last ? 0 : 100);
  }
  return out;
}

std::optional<ItemScores> share_items(const EvaluationRecord& record, const std::string& shares,
                                      const std::string& ids) {
  if (!record.raw.contains(shares) || !record.raw.contains(ids)) return {};
  const auto& values = raw_values<double>(record, shares);
  const auto& names = raw_values<std::string>(record, ids);
  require(values.size() == names.size(), "raw/{} has {} elements, raw/{} {}", shares, values.size(),
          ids, names.size());
  ItemScores out;
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    out.ids.push_back(names[i]);
    out.values.push_back(100 * values[i]);
  }
  return out;
}

}  // namespace dinobench
