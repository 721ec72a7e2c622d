// The weighted vote of the nearest neighbours.
#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "eval/neighbours.hpp"

namespace dinobench {
namespace weighted_vote {
namespace {

// 0 for the winner: how many classes stand before `label`.
int64_t place_of(const std::vector<double>& scores, int64_t label) {
  const double own = scores[static_cast<size_t>(label)];
  int64_t place = 0;
  for (size_t c = 0; c < scores.size(); ++c)
    place += scores[c] > own || (scores[c] == own && static_cast<int64_t>(c) < label);
  return place;
}

}  // namespace
}  // namespace weighted_vote

Votes vote(const Neighbours& neighbours, std::span<const int64_t> bank_labels,
           std::span<const int64_t> query_labels, int64_t classes, int64_t k, double temperature) {
  require(k <= neighbours.k, "a vote of {} among {} neighbours", k, neighbours.k);
  require(temperature > 0, "--temperature {}: expected more than 0", temperature);
  Votes out;
  std::vector<double> scores(static_cast<size_t>(classes));
  for (int64_t q = 0; q < neighbours.queries; ++q) {
    std::fill(scores.begin(), scores.end(), 0.0);
    for (auto at = static_cast<size_t>(q * neighbours.k), end = at + static_cast<size_t>(k);
         at < end; ++at)
      scores[static_cast<size_t>(bank_labels[static_cast<size_t>(neighbours.index[at])])] +=
          std::exp(static_cast<double>(neighbours.similarity[at]) / temperature);
    const auto best = std::max_element(scores.begin(), scores.end());  // the first of equals
    const int64_t label = query_labels[static_cast<size_t>(q)];
    const int64_t place = weighted_vote::place_of(scores, label);
    out.predictions.push_back(best - scores.begin());
    out.top1 += place == 0;
    out.top5 += place < std::min<int64_t>(5, k);
  }
  return out;
}

}  // namespace dinobench
