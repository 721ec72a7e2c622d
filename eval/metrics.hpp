// Numbers with their intervals, and the rank measures of retrieval.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/run_record.hpp"

namespace dinobench {

struct Interval {
  double low, high;
};

/// 95 % percentile bootstrap of a share of hits, over the n items. Resampling n outcomes that are 0
/// or 1 makes a binomial count, so its quantiles are taken exactly and nothing is drawn. In [0, 1];
/// NaN if n is 0.
Interval bootstrap_share(int64_t hits, int64_t n);

/// 95 % percentile bootstrap of any statistic of n items: 1000 resamples drawn at address (seed,
/// "bootstrap", {resample}). statistic gets the n items drawn, each in [0, n). NaN if n is 0.
Interval bootstrap(int64_t n, uint64_t seed,
                   const std::function<double(std::span<const int64_t> drawn)>& statistic);

/// bootstrap() of the mean. NaN if there are no values.
Interval bootstrap_mean(std::span<const double> values, uint64_t seed);

/// Share of hits in percent, with its bootstrap interval.
Metric percent_metric(int64_t hits, int64_t n);

/// Mean of shares in [0, 1], in percent, with its bootstrap interval.
Metric mean_percent(std::span<const double> shares, uint64_t seed);

/// Average precision by the trapezoid rule of the revisited Oxford/Paris protocol (dino.md 9).
/// ranks: of the positives found, from 0, ascending. positives: how many there are, at least 1.
double average_precision(std::span<const int64_t> ranks, int64_t positives);

struct RankingScores {
  double average_precision;
  std::array<double, 3>
      precision_at;  // the first 1, 5 and 10; fewer if the last positive is before
};

/// Scores one query by the ranks of its positives (from 0, ascending, not empty), junk taken out.
/// Shares in [0, 1].
RankingScores score_ranks(std::span<const int64_t> ranks, int64_t positives);

/// Scores one query. ranking: database items, best first. Junk is taken out before ranks are
/// counted. `positives` is not empty and every one of them is in the ranking. Shares in [0, 1].
RankingScores score_ranking(std::span<const int64_t> ranking, const std::vector<int64_t>& positives,
                            const std::vector<int64_t>& junk);

}  // namespace dinobench
