// Selection of the best five by insertion: a full sort of a thousand classes would cost more than
// the classifier.
#include "eval/ranked_classes.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.hpp"
#include "eval/metrics.hpp"

namespace dinobench {
namespace ranked_classes {
namespace {

constexpr int64_t kMost = 5;
using Places = std::array<int64_t, kMost>;

// The first `kept` classes of one row. A later class passes an earlier one only if it is greater.
Places best_of(const double* scores, int64_t classes, int64_t kept) {
  Places places{};
  int64_t filled = 0;
  for (int64_t c = 0; c < classes; ++c) {
    if (std::isnan(scores[c])) fail_run("the score of class {} is not a number", c);
    int64_t at = filled;
    while (at > 0 && scores[c] > scores[places[static_cast<size_t>(at - 1)]]) --at;
    if (at == kept) continue;
    filled = std::min(filled + 1, kept);
    for (int64_t i = filled - 1; i > at; --i)
      places[static_cast<size_t>(i)] = places[static_cast<size_t>(i - 1)];
    places[static_cast<size_t>(at)] = c;
  }
  return places;
}

}  // namespace
}  // namespace ranked_classes

std::vector<int64_t> RankedClasses::first() const {
  std::vector<int64_t> out;
  for (size_t row = 0; row < best.size(); row += static_cast<size_t>(kept))
    out.push_back(best[row]);
  return out;
}

void RankedClasses::add(const at::Tensor& logits, std::span<const int64_t> labels) {
  const at::Tensor host = logits.to(at::kCPU, at::kDouble).contiguous();
  const int64_t classes = host.size(1);
  require(host.size(0) == static_cast<int64_t>(labels.size()), "{} rows of scores, {} labels",
          host.size(0), labels.size());
  kept = std::min(ranked_classes::kMost, classes);
  for (int64_t row = 0; row < host.size(0); ++row) {
    const auto places =
        ranked_classes::best_of(host.const_data_ptr<double>() + row * classes, classes, kept);
    const auto end = places.begin() + kept;
    const int64_t label = labels[static_cast<size_t>(row)];
    best.insert(best.end(), places.begin(), end);
    top1 += places[0] == label;
    top5 += std::find(places.begin(), end, label) != end;
  }
}

void keep_answers(const RankedClasses& ranked, const FeatureBank& bank, EvaluationRecord& record) {
  const int64_t n = ranked.size();
  record.metrics["top1"] = percent_metric(ranked.top1, n);
  record.metrics["top5"] = percent_metric(ranked.top5, n);
  record.raw["predictions"] = {{n}, ranked.first()};
  record.raw["top5"] = {{n, ranked.kept}, ranked.best};
  record.raw["labels"] = {{n}, bank.labels};
  record.raw["paths"] = {{n}, bank.ids};
}

}  // namespace dinobench
