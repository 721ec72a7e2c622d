// Places in rankings: counting gives what sorting gives; the protocols by hand and by A.8.
#include "eval/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/form.hpp"
#include "eval/copy_scores.hpp"
#include "eval/landmark_scores.hpp"
#include "eval/neighbours.hpp"
#include "tests/backbones/portable_fill.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace ranking_test {

struct Bench {
  std::unique_ptr<Communicator> comm = make_self_communicator();
  Console console{false, true};
  RunRecord record;
  RunContext context{*comm, console, record};
};

at::Tensor unit(uint32_t stream, int64_t rows, int64_t dimension) {
  return unit_rows(portable::values(stream, {rows, dimension}, 1.0).to(at::kFloat));
}

at::Tensor matrix(const std::vector<std::vector<float>>& rows) {
  at::Tensor out = at::empty(
      {static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size())}, at::kFloat);
  float* to = out.mutable_data_ptr<float>();
  for (const auto& row : rows) to = std::copy(row.begin(), row.end(), to);
  return out;
}

/// The rank of every row, by sorting: descending cosine, ties by lower index.
std::vector<int64_t> sorted_ranks(const at::Tensor& queries, int64_t query,
                                  const at::Tensor& bank) {
  std::vector<float> similarity;
  for (int64_t row = 0; row < bank.size(0); ++row)
    similarity.push_back(mark_of(queries, query, bank, row).similarity);
  std::vector<size_t> order(similarity.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return similarity[a] > similarity[b]; });
  std::vector<int64_t> ranks(order.size());
  for (size_t place = 0; place < order.size(); ++place)
    ranks[order[place]] = static_cast<int64_t>(place);
  return ranks;
}

void check_counted_places() {
  Bench bench;
  const at::Tensor queries = unit(1, 3, 5);
  at::Tensor bank = unit(2, 9000, 5);  // more than a block; neighbours a rounding apart
  bank.narrow(0, 4000, 300).copy_(bank.narrow(0, 100, 300));  // equal rows
  bank.narrow(0, 8995, 3).copy_(queries);
  std::vector<std::vector<Mark>> marks(3);
  const std::vector<int64_t> rows{8995, 8996, 8997, 100, 4000, 250, 4150, 0, 8999, 1, 1};
  for (int64_t query = 0; query < 3; ++query)
    for (const int64_t row : rows)
      marks[static_cast<size_t>(query)].push_back(mark_of(queries, query, bank, row));
  const auto counts = count_before(queries, bank, marks, 0, "", bench.context);
  const auto first = count_before(queries, bank.narrow(0, 0, 4100), marks, 0, "", bench.context);
  const auto second =
      count_before(queries, bank.narrow(0, 4100, 4900), marks, 4100, "", bench.context);
  for (size_t query = 0; query < 3; ++query) {
    const auto ranks = sorted_ranks(queries, static_cast<int64_t>(query), bank);
    for (size_t m = 0; m < rows.size(); ++m) {
      REQUIRE(counts[query][m] == ranks[static_cast<size_t>(rows[m])]);
      REQUIRE(first[query][m] + second[query][m] == counts[query][m]);
    }
  }
}

TEST_CASE("counted places are those of a full sort, ties and parts included", "[ranking]") {
  for (const Form form : available_forms()) {
    const FormScope scope(form);
    check_counted_places();
  }
}

TEST_CASE("marks above nearly all rows are counted alike in every form", "[ranking]") {
  // Few rows reach these marks, so that a coarse pass stays at work through all blocks.
  Bench bench;
  const at::Tensor queries = unit(3, 30, 96);
  at::Tensor bank = unit(4, 20000, 96);
  for (int64_t q = 0; q < 30; ++q) {
    bank.narrow(0, 600 * q, 12).copy_(queries[q] + 0.5 * bank.narrow(0, 600 * q, 12));
    bank.narrow(0, 18500 + 12 * q, 12).copy_(bank.narrow(0, 600 * q, 12));  // and equals
  }
  bank = unit_rows(bank);
  std::vector<std::vector<Mark>> marks(30);
  for (int64_t q = 0; q < 30; ++q)
    for (int64_t i = 0; i < 12; ++i)
      marks[static_cast<size_t>(q)].push_back(mark_of(queries, q, bank, 600 * q + i));
  for (const Form form : available_forms()) {
    const FormScope scope(form);
    const auto counts = count_before(queries, bank, marks, 0, "", bench.context);
    for (int64_t q = 0; q < 30; q += 7) {
      const auto ranks = sorted_ranks(queries, q, bank);
      for (size_t i = 0; i < 12; ++i)
        REQUIRE(counts[static_cast<size_t>(q)][i] == ranks[static_cast<size_t>(600 * q) + i]);
    }
  }
}

TEST_CASE("rows of equal similarity are ranked by index", "[ranking]") {
  Bench bench;
  const at::Tensor same = matrix({{1, 0}, {1, 0}, {1, 0}, {1, 0}});
  const ListedImages listed =
      rank_listed(same.narrow(0, 0, 1), same, {{{2}, {0}, {3}}}, bench.context);
  REQUIRE(listed.image == std::vector<int64_t>{2, 0, 3});
  REQUIRE(listed.relevance == std::vector<int64_t>{0, 1, 2});
  REQUIRE(listed.rank == std::vector<int64_t>{2, 0, 3});
}

/// Two queries that rank twelve images as asked: each looks at two coordinates of its own.
at::Tensor ranked_bank(const std::vector<std::vector<int64_t>>& rankings) {
  std::vector<std::vector<float>> rows(rankings[0].size());
  for (auto& row : rows) row.resize(4);
  for (size_t query = 0; query < 2; ++query) {
    for (size_t place = 0; place < rankings[query].size(); ++place) {
      std::vector<float>& row = rows[static_cast<size_t>(rankings[query][place])];
      const float angle = 0.1F * static_cast<float>(place + 1);
      row[2 * query] = std::cos(angle);
      row[2 * query + 1] = std::sin(angle);
    }
  }
  return unit_rows(matrix(rows));
}

TEST_CASE("mAP and mP of the golden vectors A.8, from features to metrics", "[retrieval]") {
  Bench bench;
  const at::Tensor bank =
      ranked_bank({{5, 6, 8, 3, 2, 11, 10, 7, 0, 9, 4, 1}, {0, 5, 7, 8, 4, 6, 10, 11, 2, 1, 9, 3}});
  const at::Tensor queries = matrix({{1, 0, 0, 0}, {0, 0, 1, 0}, {1, 0, 0, 0}});
  const std::vector<LandmarkTruth> truth{{{1, 4, 7}, {}, {0, 9}}, {{2}, {}, {}}, {{}, {}, {}}};
  const ListedImages listed = rank_listed(queries, bank, truth, bench.context);
  EvaluationRecord record;
  fill_record(listed, score_protocols(listed, 3), 0, record);
  REQUIRE(record.metrics.at("medium_mAP").value == Approx(11.064815).epsilon(1e-7));
  REQUIRE(record.metrics.at("medium_mP1").value == 0);
  REQUIRE(record.metrics.at("medium_mP5").value == 0);
  REQUIRE(record.metrics.at("medium_mP10").value == Approx(20.555556).epsilon(1e-7));
  REQUIRE(record.metrics.at("medium_mAP").n == 2);
  REQUIRE(record.metrics.at("medium_mAP").ci_low == Approx(5.555556).epsilon(1e-6));
  REQUIRE(std::get<int64_t>(record.attributes.at("medium_queries_excluded")) == 1);
  REQUIRE(std::get<int64_t>(record.attributes.at("hard_queries_excluded")) == 3);
  REQUIRE(!record.metrics.contains("hard_mAP"));
}

TEST_CASE("easy, medium and hard differ in what is junk, by hand", "[retrieval]") {
  Bench bench;
  const at::Tensor bank = ranked_bank({{0, 1, 2, 3, 4, 5}, {0, 1, 2, 3, 4, 5}});
  const at::Tensor queries = matrix({{1, 0, 0, 0}});
  // Ranking: other, easy, hard, junk, easy, hard.
  const ListedImages listed = rank_listed(queries, bank, {{{4, 1}, {2, 5}, {3}}}, bench.context);
  const auto scores = score_protocols(listed, 1);
  // Easy positives at 1 and 2 once hard and junk are gone: (0 + 1/2)/2, (1/2 + 2/3)/2, mean of two.
  REQUIRE(scores[0].average_precision[0] == Approx(5.0 / 12));
  REQUIRE(scores[0].precision_at[1][0] == Approx(2.0 / 3));
  // Medium at 1, 2, 3, 4: 1/4, 7/12, 17/24, 31/40, mean of four.
  REQUIRE(scores[1].average_precision[0] == Approx((0.25 + 7.0 / 12 + 17.0 / 24 + 31.0 / 40) / 4));
  REQUIRE(scores[1].precision_at[1][0] == Approx(0.8));
  REQUIRE(scores[2].average_precision[0] == Approx(5.0 / 12));
  REQUIRE(scores[2].protocol == "hard");
}

CopyRanks ranks_of(const at::Tensor& queries, const std::vector<at::Tensor>& database,
                   const std::vector<std::vector<int64_t>>& positives) {
  Bench bench;
  return rank_copies(queries, database, positives, "", bench.context);
}

TEST_CASE("a block's three averages by hand", "[copy_detection]") {
  // Query 0 sees coordinate 0, query 1 coordinate 1. The last image is a distractor.
  const CopyRanks ranks =
      ranks_of(matrix({{1, 0}, {0, 1}}),
               {matrix({{0.9F, 0.2F}, {0.5F, 0.3F}}), matrix({{0.1F, 0.6F}})}, {{0}, {1}});
  REQUIRE(ranks.rank == std::vector<int64_t>{0, 1});
  REQUIRE(ranks.pooled_rank(0) == 0);
  REQUIRE(ranks.pooled_rank(1) == 3);  // after 0.9, 0.6 and 0.5
  EvaluationRecord record;
  fill_record("strong", ranks, 0, record);
  REQUIRE(record.metrics.at("strong_mAP").value == Approx(62.5));  // 1 and (0 + 1/2)/2
  REQUIRE(record.metrics.at("strong_full_mAP").value == Approx(62.5));
  REQUIRE(record.metrics.at("strong_uAP").value == Approx(75));  // 1 and 2/4
  // Resamples: query 0 twice 1 and 1; query 1 twice 1/3 and 2/4; both as above.
  REQUIRE(record.metrics.at("strong_uAP").ci_high == Approx(100));
  REQUIRE(record.metrics.at("strong_uAP").ci_low == Approx(100 * (1.0 / 3 + 0.5) / 2));
}

TEST_CASE("only the first twenty places count for mAP", "[copy_detection]") {
  std::vector<std::vector<float>> rows;
  for (int i = 0; i < 30; ++i) rows.push_back({1.0F - 0.01F * static_cast<float>(i)});
  EvaluationRecord record;
  fill_record("strong", ranks_of(matrix({{1}, {1}}), {matrix(rows)}, {{2, 22}, {}}), 0, record);
  const double third = (0 + 1.0 / 3) / 2 / 2, late = (1.0 / 22 + 2.0 / 23) / 2 / 2;
  REQUIRE(record.metrics.at("strong_mAP").value == Approx(100 * third));
  REQUIRE(record.metrics.at("strong_full_mAP").value == Approx(100 * (third + late)));
  REQUIRE(record.metrics.at("strong_mAP").n == 1);
  REQUIRE(std::get<int64_t>(record.attributes.at("strong_queries_excluded")) == 1);
}

TEST_CASE("pairs of equal similarity are ranked by query, then by index", "[copy_detection]") {
  const at::Tensor same = matrix({{1, 0}, {1, 0}});
  const CopyRanks ranks = ranks_of(same, {same}, {{1}, {0}});
  REQUIRE(ranks.rank == std::vector<int64_t>{1, 0});
  REQUIRE(ranks.pooled_rank(0) == 1);
  REQUIRE(ranks.pooled_rank(1) == 2);
}

}  // namespace ranking_test
}  // namespace dinobench
