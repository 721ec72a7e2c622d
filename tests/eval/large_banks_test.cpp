// Scoring against large banks: right at a size of seconds, and within 6 GiB at a million rows
// (hidden: run_tests "[.million]", some minutes; each case in a process of its own).
#include <sys/resource.h>

#include "eval/copy_scores.hpp"
#include "eval/landmark_scores.hpp"
#include "eval/neighbours.hpp"
#include "eval/whitening.hpp"
#include "tests/eval/drawn_sets.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace large_banks {

constexpr int64_t kDimension = 384;

double peak_gib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1 << 20);
}

at::Tensor synthetic(int64_t rows) { return at::randn({rows, kDimension}, at::kFloat); }

/// `queries` noisy twins of rows 0, 100, 200 ... of the bank, each with twenty listed images.
ListedImages retrieve(int64_t images, int64_t queries) {
  at::manual_seed(1);
  drawn::Bench bench;
  at::Tensor bank = synthetic(images);
  const at::Tensor asked =
      unit_rows(bank.slice(0, 0, 100 * queries, 100) + 0.3 * synthetic(queries));
  bank = unit_rows(bank);
  std::vector<LandmarkTruth> truth;
  for (int64_t q = 0; q < queries; ++q) {
    LandmarkTruth own{{100 * q}, {}, {}};
    for (int64_t i = 1; i < 20; ++i)
      (i < 10 ? own.hard : own.junk).push_back((100 * q + 7919 * i) % images);
    truth.push_back(own);
  }
  return rank_listed(asked, bank, truth, bench.context);
}

CopyRanks detect(int64_t distractors, int64_t queries) {
  at::manual_seed(2);
  drawn::Bench bench;
  at::Tensor originals = synthetic(queries), others = synthetic(distractors);
  at::Tensor copies = originals + 0.3 * synthetic(queries);
  const Whitening whitening(synthetic(2000));
  for (at::Tensor* rows : {&originals, &others, &copies}) {
    whitening.apply(*rows);
    *rows = unit_rows(*rows);
  }
  std::vector<std::vector<int64_t>> positives;
  for (int64_t q = 0; q < queries; ++q) positives.push_back({q});
  return rank_copies(copies, {originals, others}, positives, "", bench.context);
}

TEST_CASE("a noisy twin is found among twenty thousand", "[retrieval]") {
  const ListedImages listed = retrieve(20000, 70);
  REQUIRE(listed.rank.size() == 70 * 20);
  for (size_t i = 0; i < listed.rank.size(); i += 20) REQUIRE(listed.rank[i] == 0);
  const CopyRanks ranks = detect(20000, 70);
  REQUIRE(ranks.rank == std::vector<int64_t>(70, 0));
}

TEST_CASE("k-NN in a million rows stays within 6 GiB", "[.million][.million_knn]") {
  at::manual_seed(3);
  at::Tensor bank = synthetic(1000000);
  const at::Tensor asked = unit_rows(bank.slice(0, 0, 50000, 100) + 0.3 * synthetic(500));
  bank = unit_rows(bank);
  const Neighbours found = nearest(asked, bank, 200);
  for (int64_t q = 0; q < 500; ++q) REQUIRE(found.index[static_cast<size_t>(200 * q)] == 100 * q);
  WARN("k-NN, 500 queries, k = 200, 1,000,000 x 384: peak " << peak_gib() << " GiB");
  REQUIRE(peak_gib() < 6);
}

TEST_CASE("retrieval from a million rows stays within 6 GiB", "[.million][.million_retrieval]") {
  const ListedImages listed = retrieve(1000000, 500);
  for (size_t i = 0; i < listed.rank.size(); i += 20) REQUIRE(listed.rank[i] == 0);
  WARN("retrieval, 500 queries, 1,000,000 x 384: peak " << peak_gib() << " GiB");
  REQUIRE(peak_gib() < 6);
}

TEST_CASE("copy detection among a million rows stays within 6 GiB", "[.million][.million_copies]") {
  const CopyRanks ranks = detect(1000000, 500);
  REQUIRE(ranks.rank == std::vector<int64_t>(500, 0));
  WARN("copy detection, 500 queries, 1,000,000 x 384, whitened: peak " << peak_gib() << " GiB");
  REQUIRE(peak_gib() < 6);
}

}  // namespace large_banks
}  // namespace dinobench
