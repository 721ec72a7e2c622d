// The scoring of frozen features, beside tests/perf/rivals/{knn,video,scoring}.py: the inputs are
// drawn alike, by torch's generator from the same seed.
#include <ATen/ATen.h>

#include "comm/run_context.hpp"
#include "eval/copy_scores.hpp"
#include "eval/label_propagation.hpp"
#include "eval/landmark_scores.hpp"
#include "eval/neighbours.hpp"
#include "tests/perf/best_time.hpp"

namespace dinobench {
namespace eval_perf {
namespace {

using Step = std::function<void()>;

constexpr int64_t kDimension = 384;

// Sums and labels, so that nothing is computed for nobody.
volatile int64_t sink = 0;

struct Bench {
  std::unique_ptr<Communicator> comm = make_self_communicator();
  Console console{false, true};
  RunRecord record;
  RunContext context{*comm, console, record};
};

// Unit rows around the centres of 1,000 classes, row i of class i mod 1,000.
at::Tensor classes(int64_t rows, const at::Tensor& centres) {
  return unit_rows(at::randn({rows, kDimension}) +
                   0.5 * centres.index_select(0, at::arange(rows) % centres.size(0)));
}

std::vector<int64_t> labels(int64_t rows) {
  std::vector<int64_t> out;
  for (int64_t i = 0; i < rows; ++i) out.push_back(i % 1000);
  return out;
}

Step knn() {
  at::manual_seed(0);
  const at::Tensor centres = at::randn({1000, kDimension});
  const at::Tensor bank = classes(50000, centres), queries = classes(10000, centres);
  return [=, bank_labels = labels(50000), query_labels = labels(10000)] {
    const Neighbours found = nearest(queries, bank, 200);
    for (const int64_t k : {10, 20, 100, 200})
      sink = sink + vote(found, bank_labels, query_labels, 1000, k, 0.07).top1;
  };
}

// A frame's patch features: smooth, and noise.
at::Tensor frame(PatchGrid grid, const at::Tensor& coarse) {
  const at::Tensor smooth = at::upsample_bilinear2d(coarse + 0.1 * at::randn(coarse.sizes()),
                                                    {grid.rows, grid.columns}, false);
  const at::Tensor rows = smooth[0].reshape({kDimension, grid.cells()}).t().contiguous();
  return (rows + 0.3 * at::randn(rows.sizes())).contiguous();
}

Step video_propagation() {
  at::manual_seed(0);
  const PatchGrid grid{60, 104};
  const at::Tensor coarse = at::randn({1, kDimension, 8, 13});
  std::vector<LabelledFrame> contexts;
  for (int i = 0; i < 8; ++i) {
    at::Tensor features = unit_rows(frame(grid, coarse));
    const at::Tensor shares = at::softmax(3 * at::randn({grid.cells(), 4}), 1);
    contexts.push_back({features, shares.to(at::kDouble)});
  }
  return [grid, contexts, target = frame(grid, coarse)] {
    const at::Tensor labels = propagate(unit_rows(target), contexts, grid, {});
    sink = sink + harden(labels, grid, 8, 854, 480).values[1000];
  };
}

Step retrieval_scoring() {
  at::manual_seed(0);
  constexpr int64_t kQueries = 70;
  at::Tensor bank = at::randn({1005000, kDimension});
  const at::Tensor asked = at::randn({kQueries, kDimension});
  std::vector<LandmarkTruth> truth(kQueries);
  for (int64_t q = 0; q < kQueries; ++q) {
    LandmarkTruth& own = truth[static_cast<size_t>(q)];
    for (int64_t i = 0; i < 60; ++i) {
      const int64_t row = 60 * q + i;
      bank[row] += (i < 20 ? 0.5 : 0.25) * asked[q];
      (i < 20 ? own.easy : i < 40 ? own.hard : own.junk).push_back(row);
    }
  }
  bank = unit_rows(bank);
  return [bank, truth, queries = unit_rows(asked)] {
    Bench bench;
    const ListedImages listed = rank_listed(queries, bank, truth, bench.context);
    EvaluationRecord record;
    fill_record(listed, score_protocols(listed, kQueries), 0, record);
    sink = sink + static_cast<int64_t>(record.metrics.at("medium_mAP").value);
  };
}

Step copy_scoring() {
  at::manual_seed(0);
  constexpr int64_t kOriginals = 157, kQueries = 229;
  const at::Tensor originals = at::randn({kOriginals, kDimension});
  const at::Tensor distractors = unit_rows(at::randn({1000000, kDimension}));
  std::vector<std::vector<int64_t>> positives;
  for (int64_t q = 0; q < kQueries; ++q) positives.push_back({q % kOriginals});
  const at::Tensor copies = unit_rows(originals.index_select(0, at::arange(kQueries) % kOriginals) +
                                      at::randn({kQueries, kDimension}));
  return [copies, positives, database = std::vector{unit_rows(originals), distractors}] {
    Bench bench;
    EvaluationRecord record;
    fill_record("strong", rank_copies(copies, database, positives, "", bench.context), 0, record);
    sink = sink + static_cast<int64_t>(record.metrics.at("strong_mAP").value);
  };
}

[[maybe_unused]] const int knn_case = perf::add("knn", knn);
[[maybe_unused]] const int video_case = perf::add("video_propagation", video_propagation);
[[maybe_unused]] const int retrieval_case = perf::add("retrieval_scoring", retrieval_scoring);
[[maybe_unused]] const int copy_case = perf::add("copy_scoring", copy_scoring);

}  // namespace
}  // namespace eval_perf
}  // namespace dinobench
