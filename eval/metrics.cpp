// Bootstrap intervals and average precision.
#include "eval/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

#include "core/error.hpp"
#include "core/random.hpp"

namespace dinobench {
namespace {

constexpr int64_t kResamples = 1000;
constexpr double kTail = 0.025;
constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

double log_binomial_mass(int64_t k, int64_t n, double p) {
  const auto count = static_cast<double>(n), hits = static_cast<double>(k);
  return std::lgamma(count + 1) - std::lgamma(hits + 1) - std::lgamma(count - hits + 1) +
         hits * std::log(p) + (count - hits) * std::log1p(-p);
}

}  // namespace

Interval bootstrap_share(int64_t hits, int64_t n) {
  require(hits >= 0 && hits <= n, "{} hits among {} items", hits, n);
  if (n == 0) return {kNothing, kNothing};
  const double p = static_cast<double>(hits) / static_cast<double>(n);
  if (hits == 0 || hits == n) return {p, p};
  Interval interval{p, 1};
  double below = 0;
  bool low_found = false;
  for (int64_t k = 0; k <= n; ++k) {
    below += std::exp(log_binomial_mass(k, n, p));
    const double share = static_cast<double>(k) / static_cast<double>(n);
    if (!low_found && below >= kTail) interval.low = share, low_found = true;
    if (below >= 1 - kTail) {
      interval.high = share;
      break;
    }
  }
  return interval;
}

Interval bootstrap(int64_t n, uint64_t seed,
                   const std::function<double(std::span<const int64_t> drawn)>& statistic) {
  if (n == 0) return {kNothing, kNothing};
  std::vector<int64_t> drawn(static_cast<size_t>(n));
  std::vector<double> values;
  for (int64_t resample = 0; resample < kResamples; ++resample) {
    Rng rng(seed, "bootstrap", {static_cast<uint64_t>(resample)});
    for (int64_t& item : drawn) item = rng.integer(0, n - 1);
    values.push_back(statistic(drawn));
  }
  std::sort(values.begin(), values.end());
  // The smallest value whose share of resamples at or below it reaches the tail, as for the share.
  const auto quantile = [&](double q) {
    return values[static_cast<size_t>(std::ceil(q * kResamples - 1e-9)) - 1];
  };
  return {quantile(kTail), quantile(1 - kTail)};
}

Interval bootstrap_mean(std::span<const double> values, uint64_t seed) {
  return bootstrap(static_cast<int64_t>(values.size()), seed, [&](std::span<const int64_t> drawn) {
    double sum = 0;
    for (const int64_t item : drawn) sum += values[static_cast<size_t>(item)];
    return sum / static_cast<double>(values.size());
  });
}

Metric percent_metric(int64_t hits, int64_t n) {
  const Interval interval = bootstrap_share(hits, n);
  const double share = n > 0 ? static_cast<double>(hits) / static_cast<double>(n) : kNothing;
  return {100 * share, "percent", n, 100 * interval.low, 100 * interval.high};
}

Metric mean_percent(std::span<const double> shares, uint64_t seed) {
  const auto n = static_cast<int64_t>(shares.size());
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  const Interval interval = bootstrap_mean(shares, seed);
  return {100 * sum / static_cast<double>(n), "percent", n, 100 * interval.low,
          100 * interval.high};
}

double average_precision(std::span<const int64_t> ranks, int64_t positives) {
  require(positives > 0, "average precision needs at least one positive");
  double sum = 0;
  for (size_t j = 0; j < ranks.size(); ++j) {
    const auto rank = static_cast<double>(ranks[j]), found = static_cast<double>(j);
    const double before = ranks[j] == 0 ? 1 : found / rank;
    sum += (before + (found + 1) / (rank + 1)) / 2;
  }
  return sum / static_cast<double>(positives);
}

RankingScores score_ranks(std::span<const int64_t> ranks, int64_t positives) {
  require(!ranks.empty(), "a ranking without any of its query's {} positives", positives);
  RankingScores scores{average_precision(ranks, positives), {}};
  constexpr std::array<int64_t, 3> depths{1, 5, 10};
  for (size_t i = 0; i < depths.size(); ++i) {
    const int64_t depth = std::min(depths[i], ranks.back() + 1);
    const auto found = std::count_if(ranks.begin(), ranks.end(), [&](auto r) { return r < depth; });
    scores.precision_at[i] = static_cast<double>(found) / static_cast<double>(depth);
  }
  return scores;
}

RankingScores score_ranking(std::span<const int64_t> ranking, const std::vector<int64_t>& positives,
                            const std::vector<int64_t>& junk) {
  const std::unordered_set<int64_t> wanted(positives.begin(), positives.end());
  const std::unordered_set<int64_t> ignored(junk.begin(), junk.end());
  std::vector<int64_t> ranks;
  int64_t rank = 0;
  for (const int64_t item : ranking) {
    if (ignored.contains(item)) continue;
    if (wanted.contains(item)) ranks.push_back(rank);
    ++rank;
  }
  require(!wanted.empty() && ranks.size() == wanted.size(),
          "a ranking holds {} of its query's {} positives", ranks.size(), wanted.size());
  return score_ranks(ranks, static_cast<int64_t>(positives.size()));
}

}  // namespace dinobench
