// Ranks of listed images, junk taken out, and the scores of the three protocols.
#include "eval/landmark_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "eval/metrics.hpp"
#include "eval/ranking.hpp"

namespace dinobench {
namespace landmark_scores {
namespace {

enum Relevance : int64_t { kEasy, kHard, kJunk };

struct Protocol {
  const char* name;
  std::array<bool, 3> positive, junk;  // by relevance
};
constexpr std::array<Protocol, 3> kProtocols{{{"easy", {true, false, false}, {false, true, true}},
                                              {"medium", {true, true, false}, {false, false, true}},
                                              {"hard", {false, true, false}, {true, false, true}}}};
constexpr std::array<const char*, 3> kPrecisions{"P1", "P5", "P10"};

// Ranks of positives, ascending, as if the junk were not there.
std::vector<int64_t> without_junk(std::vector<int64_t> positives, std::vector<int64_t> junk) {
  std::sort(positives.begin(), positives.end());
  std::sort(junk.begin(), junk.end());
  for (int64_t& rank : positives)
    rank -= std::lower_bound(junk.begin(), junk.end(), rank) - junk.begin();
  return positives;
}

// Listed ranks of each query under one of the roles.
std::vector<std::vector<int64_t>> ranks_of(const ListedImages& listed, int64_t queries,
                                           const std::array<bool, 3>& role) {
  std::vector<std::vector<int64_t>> ranks(static_cast<size_t>(queries));
  for (size_t i = 0; i < listed.query.size(); ++i)
    if (role[static_cast<size_t>(listed.relevance[i])])
      ranks[static_cast<size_t>(listed.query[i])].push_back(listed.rank[i]);
  return ranks;
}

ProtocolScores score(const ListedImages& listed, int64_t queries, const Protocol& protocol) {
  ProtocolScores scores{protocol.name, {}, {}};
  const auto positives = ranks_of(listed, queries, protocol.positive);
  const auto junk = ranks_of(listed, queries, protocol.junk);
  for (size_t q = 0; q < positives.size(); ++q) {
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    RankingScores own{nothing, {nothing, nothing, nothing}};
    const auto count = static_cast<int64_t>(positives[q].size());
    if (count > 0) own = score_ranks(without_junk(positives[q], junk[q]), count);
    scores.average_precision.push_back(own.average_precision);
    for (size_t i = 0; i < own.precision_at.size(); ++i)
      scores.precision_at[i].push_back(own.precision_at[i]);
  }
  return scores;
}

std::vector<double> finite(const std::vector<double>& values) {
  std::vector<double> out;
  std::copy_if(values.begin(), values.end(), std::back_inserter(out),
               [](double value) { return std::isfinite(value); });
  return out;
}

}  // namespace
}  // namespace landmark_scores

ListedImages rank_listed(const at::Tensor& queries, const at::Tensor& database,
                         const std::vector<LandmarkTruth>& truth, RunContext& context) {
  ListedImages listed;
  std::vector<std::vector<Mark>> marks(truth.size());
  for (size_t q = 0; q < truth.size(); ++q) {
    const std::array<const std::vector<int64_t>*, 3> lists{&truth[q].easy, &truth[q].hard,
                                                           &truth[q].junk};
    for (size_t relevance = 0; relevance < lists.size(); ++relevance) {
      for (const int64_t image : *lists[relevance]) {
        const Mark mark = mark_of(queries, static_cast<int64_t>(q), database, image);
        marks[q].push_back(mark);
        listed.query.push_back(static_cast<int64_t>(q));
        listed.image.push_back(image);
        listed.relevance.push_back(static_cast<int64_t>(relevance));
        listed.similarity.push_back(mark.similarity);
      }
    }
  }
  for (const auto& counts : count_before(queries, database, marks, 0, "retrieval rank", context))
    listed.rank.insert(listed.rank.end(), counts.begin(), counts.end());
  return listed;
}

std::array<ProtocolScores, 3> score_protocols(const ListedImages& listed, int64_t queries) {
  std::array<ProtocolScores, 3> scores;
  for (size_t p = 0; p < scores.size(); ++p)
    scores[p] = landmark_scores::score(listed, queries, landmark_scores::kProtocols[p]);
  return scores;
}

void fill_record(const ListedImages& listed, const std::array<ProtocolScores, 3>& scores,
                 uint64_t seed, EvaluationRecord& record) {
  const auto keep = [&](const std::string& name, const std::vector<double>& values) {
    record.raw[name] = {{static_cast<int64_t>(values.size())}, values};
    return landmark_scores::finite(values);
  };
  for (const ProtocolScores& own : scores) {
    const std::vector<double> precisions = keep(own.protocol + "_AP", own.average_precision);
    record.attributes[own.protocol + "_queries_excluded"] =
        static_cast<int64_t>(own.average_precision.size() - precisions.size());
    if (!precisions.empty()) record.metrics[own.protocol + "_mAP"] = mean_percent(precisions, seed);
    for (size_t i = 0; i < own.precision_at.size(); ++i) {
      const std::string depth = landmark_scores::kPrecisions[i];
      const auto values = keep(own.protocol + "_" + depth, own.precision_at[i]);
      if (!values.empty()) record.metrics[own.protocol + "_m" + depth] = mean_percent(values, seed);
    }
  }
  const auto count = static_cast<int64_t>(listed.query.size());
  record.raw["listed_query"] = {{count}, listed.query};
  record.raw["listed_image"] = {{count}, listed.image};
  record.raw["listed_relevance"] = {{count}, listed.relevance};
  record.raw["listed_rank"] = {{count}, listed.rank};
  record.raw["listed_similarity"] = {{count}, listed.similarity};
}

}  // namespace dinobench
