// The protocols of retrieval once more, from the listed images and their ranks.
#include <algorithm>

#include "core/error.hpp"
#include "eval/rescore.hpp"
#include "eval/rescore_arrays.hpp"

namespace dinobench::rescore_retrieval {
namespace {

struct Listed {
  const std::vector<int64_t>&query, &relevance, &rank;
  int64_t queries;
};

Listed listed_of(const EvaluationRecord& record) {
  const Listed listed{
      raw_values<int64_t>(record, "listed_query"), raw_values<int64_t>(record, "listed_relevance"),
      raw_values<int64_t>(record, "listed_rank"), raw_shape(record, "query_paths", 1)[0]};
  require(
      listed.relevance.size() == listed.query.size() && listed.rank.size() == listed.query.size(),
      "raw/listed_query, listed_relevance and listed_rank have {}, {} and {} elements",
      listed.query.size(), listed.relevance.size(), listed.rank.size());
  for (size_t i = 0; i < listed.query.size(); ++i)
    require(listed.query[i] >= 0 && listed.query[i] < listed.queries && listed.relevance[i] >= 0 &&
                listed.relevance[i] <= 2 && listed.rank[i] >= 0,
            "raw/listed_*: entry {} is query {} of {}, relevance {}, rank {}", i, listed.query[i],
            listed.queries, listed.relevance[i], listed.rank[i]);
  return listed;
}

struct Scores {
  double average_precision = 0, precision[3] = {0, 0, 0};
  int64_t positives = 0;
};

// Walks down the ranking of one query; `kind` says what an image is: '+', '-' (junk) or ' '.
Scores walk(const Listed& listed, int64_t query, const char* kind) {
  std::vector<std::pair<int64_t, char>> found;  // rank, kind
  for (size_t i = 0; i < listed.query.size(); ++i)
    if (listed.query[i] == query && kind[listed.relevance[i]] != ' ')
      found.emplace_back(listed.rank[i], kind[listed.relevance[i]]);
  std::sort(found.begin(), found.end());
  Scores out;
  int64_t junk = 0;
  std::vector<int64_t> places;  // from 1
  for (const auto& [rank, mark] : found) {
    if (mark == '-')
      ++junk;
    else
      places.push_back(rank - junk + 1);
  }
  out.positives = static_cast<int64_t>(places.size());
  for (size_t j = 0; j < places.size(); ++j) {
    const auto place = static_cast<double>(places[j]), before = static_cast<double>(j);
    const double left = places[j] == 1 ? 1 : before / (place - 1), right = (before + 1) / place;
    out.average_precision += (left + right) / 2 / static_cast<double>(places.size());
  }
  for (int d = 0; d < 3 && !places.empty(); ++d) {
    const int64_t depth = std::min(places.back(), d == 0 ? 1 : int64_t{5} * d);
    int64_t hits = 0;
    for (const int64_t place : places) hits += place <= depth;
    out.precision[d] = static_cast<double>(hits) / static_cast<double>(depth);
  }
  return out;
}

std::map<std::string, double> recompute(const EvaluationRecord& record) {
  const Listed listed = listed_of(record);
  std::map<std::string, double> out;
  for (const auto& [name, kind] :
       {std::pair<std::string, const char*>{"easy", "+--"}, {"medium", "++-"}, {"hard", "-+-"}}) {
    double sums[4] = {0, 0, 0, 0};
    int64_t judged = 0;
    for (int64_t query = 0; query < listed.queries; ++query) {
      const Scores own = walk(listed, query, kind);
      if (own.positives == 0) continue;
      ++judged;
      sums[0] += own.average_precision;
      for (int d = 0; d < 3; ++d) sums[d + 1] += own.precision[d];
    }
    if (judged == 0) continue;
    const char* metrics[4] = {"_mAP", "_mP1", "_mP5", "_mP10"};
    for (int m = 0; m < 4; ++m)
      out[name + metrics[m]] = 100 * sums[m] / static_cast<double>(judged);
  }
  return out;
}

[[maybe_unused]] const bool registered = Rescorers::add({"retrieval", recompute});

}  // namespace
}  // namespace dinobench::rescore_retrieval
