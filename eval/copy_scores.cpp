// Places by counting, then three averages.
#include "eval/copy_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "eval/metrics.hpp"
#include "eval/ranking.hpp"

namespace dinobench {
namespace copy_scores {
namespace {

constexpr int64_t kDepth = 20;  // places that count for mAP

// Marks of all pairs as a query of index `query` sees them: at equal cosine its own rows stand
// before the pairs of later queries and behind those of earlier ones.
std::vector<Mark> marks_of(const CopyRanks& ranks, int64_t query) {
  std::vector<Mark> marks;
  for (size_t pair = 0; pair < ranks.query.size(); ++pair) {
    int64_t item = ranks.original[pair];
    if (ranks.query[pair] > query) item = std::numeric_limits<int64_t>::max();
    if (ranks.query[pair] < query) item = 0;
    marks.push_back({ranks.similarity[pair], item});
  }
  return marks;
}

// Average precision of each query over its positives of rank < depth; NaN without positives.
std::vector<double> precisions(const CopyRanks& ranks, int64_t depth) {
  std::vector<std::vector<int64_t>> found(static_cast<size_t>(ranks.queries));
  std::vector<int64_t> positives(static_cast<size_t>(ranks.queries), 0);
  for (size_t pair = 0; pair < ranks.query.size(); ++pair) {
    const auto query = static_cast<size_t>(ranks.query[pair]);
    ++positives[query];
    if (ranks.rank[pair] < depth) found[query].push_back(ranks.rank[pair]);
  }
  std::vector<double> out;
  for (size_t query = 0; query < found.size(); ++query) {
    std::sort(found[query].begin(), found[query].end());
    out.push_back(positives[query] > 0 ? average_precision(found[query], positives[query])
                                       : std::numeric_limits<double>::quiet_NaN());
  }
  return out;
}

Metric mean_of_judged(const std::vector<double>& values, uint64_t seed) {
  std::vector<double> judged;
  std::copy_if(values.begin(), values.end(), std::back_inserter(judged),
               [](double value) { return !std::isnan(value); });
  return mean_percent(judged, seed);
}

// Micro average precision where query q occurs weight[q] times. Copies of a pair follow each other.
double micro_precision(const CopyRanks& ranks, const std::vector<size_t>& order,
                       const std::vector<double>& weight) {
  double positives = 0, sum = 0;
  for (const size_t pair : order) {
    double place = 0;  // pairs before it
    for (size_t query = 0; query < weight.size(); ++query)
      place += weight[query] * static_cast<double>(ranks.before[pair][query]);
    const double copies = weight[static_cast<size_t>(ranks.query[pair])];
    for (double copy = 1; copy <= copies; ++copy) sum += (positives + copy) / (place + copy);
    positives += copies;
  }
  return positives > 0 ? sum / positives : 0;
}

// Resampled are queries with a positive; the others are in every resample, as distractors.
Metric micro_metric(const CopyRanks& ranks, uint64_t seed) {
  std::vector<size_t> order(ranks.query.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return ranks.pooled_rank(a) < ranks.pooled_rank(b); });
  std::vector<double> weight(static_cast<size_t>(ranks.queries), 1);
  std::vector<int64_t> judged = ranks.query;
  judged.erase(std::unique(judged.begin(), judged.end()), judged.end());
  const double value = micro_precision(ranks, order, weight);
  const auto n = static_cast<int64_t>(judged.size());
  const Interval interval = bootstrap(n, seed, [&](std::span<const int64_t> drawn) {
    for (const int64_t query : judged) weight[static_cast<size_t>(query)] = 0;
    for (const int64_t i : drawn) ++weight[static_cast<size_t>(judged[static_cast<size_t>(i)])];
    return micro_precision(ranks, order, weight);
  });
  return {100 * value, "percent", n, 100 * interval.low, 100 * interval.high};
}

}  // namespace
}  // namespace copy_scores

int64_t CopyRanks::pooled_rank(size_t pair) const {
  return std::accumulate(before[pair].begin(), before[pair].end(), int64_t{0});
}

CopyRanks rank_copies(const at::Tensor& queries, const std::vector<at::Tensor>& database,
                      const std::vector<std::vector<int64_t>>& positives, const std::string& title,
                      RunContext& context) {
  CopyRanks ranks{queries.size(0), {}, {}, {}, {}, {}};
  for (size_t query = 0; query < positives.size(); ++query) {
    for (const int64_t original : positives[query]) {
      ranks.query.push_back(static_cast<int64_t>(query));
      ranks.original.push_back(original);
      ranks.similarity.push_back(
          mark_of(queries, static_cast<int64_t>(query), database[0], original).similarity);
    }
  }
  std::vector<std::vector<Mark>> marks;
  for (int64_t query = 0; query < ranks.queries; ++query)
    marks.push_back(copy_scores::marks_of(ranks, query));
  const size_t pairs = ranks.query.size();
  ranks.before.assign(pairs, std::vector<int64_t>(static_cast<size_t>(ranks.queries), 0));
  int64_t first = 0;
  for (const at::Tensor& part : database) {
    const auto counts = count_before(queries, part, marks, first, title, context);
    for (size_t query = 0; query < counts.size(); ++query)
      for (size_t pair = 0; pair < pairs; ++pair) ranks.before[pair][query] += counts[query][pair];
    first += part.size(0);
  }
  for (size_t pair = 0; pair < pairs; ++pair)
    ranks.rank.push_back(ranks.before[pair][static_cast<size_t>(ranks.query[pair])]);
  return ranks;
}

void fill_record(const std::string& block, const CopyRanks& ranks, uint64_t seed,
                 EvaluationRecord& record) {
  const auto pairs = static_cast<int64_t>(ranks.query.size());
  const std::vector<double> first = copy_scores::precisions(ranks, copy_scores::kDepth);
  const std::vector<double> full =
      copy_scores::precisions(ranks, std::numeric_limits<int64_t>::max());
  const auto judged = ranks.queries - std::count_if(full.begin(), full.end(),
                                                    [](double value) { return std::isnan(value); });
  record.attributes[block + "_queries_excluded"] = ranks.queries - judged;
  if (judged > 0) {
    record.metrics[block + "_mAP"] = copy_scores::mean_of_judged(first, seed);
    record.metrics[block + "_full_mAP"] = copy_scores::mean_of_judged(full, seed);
    record.metrics[block + "_uAP"] = copy_scores::micro_metric(ranks, seed);
  }
  std::vector<int64_t> pooled;
  for (size_t pair = 0; pair < ranks.query.size(); ++pair)
    pooled.push_back(ranks.pooled_rank(pair));
  record.raw[block + "_AP"] = {{ranks.queries}, first};
  record.raw[block + "_full_AP"] = {{ranks.queries}, full};
  record.raw[block + "_positive_query"] = {{pairs}, ranks.query};
  record.raw[block + "_positive_original"] = {{pairs}, ranks.original};
  record.raw[block + "_positive_similarity"] = {{pairs}, ranks.similarity};
  record.raw[block + "_positive_rank"] = {{pairs}, ranks.rank};
  record.raw[block + "_positive_pooled_rank"] = {{pairs}, pooled};
}

}  // namespace dinobench
