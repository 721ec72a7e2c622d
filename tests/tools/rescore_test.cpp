// Metrics from raw answers, worked by hand, and what the comparison says.
#include "eval/rescore.hpp"

#include <cmath>

#include "core/error.hpp"
#include "eval/metrics.hpp"
#include "tests/eval/linear_bench.hpp"
#include "tests/test.hpp"
#include "tools/rescore_check.hpp"

namespace dinobench {
namespace rescore_test {

using Whole = std::vector<int64_t>;

// Two queries, three neighbours each, classes 0 to 8; T = 1, so that a vote is exp(similarity).
EvaluationRecord knn_record() {
  EvaluationRecord record;
  record.attributes["status"] = "completed";
  record.attributes["temperature"] = 1.0;
  record.raw["train_labels"] = {{4}, Whole{3, 8, 3, 0}};
  record.raw["neighbours"] = {{2, 3}, Whole{1, 0, 2, 3, 1, 0}};
  record.raw["similarities"] = {{2, 3}, std::vector<float>{0.9f, 0.5f, 0.5f, 0.8f, 0.2f, 0.1f}};
  record.raw["labels"] = {{2}, Whole{3, 2}};
  record.raw["k1_predictions"] = {{2}, Whole{8, 0}};
  record.raw["k3_predictions"] = {{2}, Whole{3, 0}};
  return record;
}

TEST_CASE("k-NN votes recomputed by hand", "[rescore]") {
  const auto metrics = Rescorers::find("knn").recompute(knn_record());
  REQUIRE(metrics.size() == 4);
  // k = 1: votes for 8 and for 0; both labels have none.
  REQUIRE(metrics.at("k1_top1") == 0);
  REQUIRE(metrics.at("k1_top5") == 0);
  // k = 3: query 0 has 2 exp(0.5) > exp(0.9) for class 3. Query 1: classes 0, 8 and 3 have votes, 2
  // has none and stands behind them and the lower classes 0 (counted) and 1: fifth, not among
  // three.
  REQUIRE(metrics.at("k3_top1") == 50);
  REQUIRE(metrics.at("k3_top5") == 50);
}

TEST_CASE("a class without votes stands behind those with votes and lower ones", "[rescore]") {
  EvaluationRecord record = knn_record();
  record.raw["train_labels"] = {{6}, Whole{3, 8, 3, 0, 3, 3}};
  record.raw["neighbours"] = {{1, 5}, Whole{0, 1, 2, 4, 5}};
  record.raw["similarities"] = {{1, 5}, std::vector<float>(5, 0.5f)};
  record.raw.erase("k1_predictions");
  record.raw.erase("k3_predictions");
  record.raw["k5_predictions"] = {{1}, Whole{3}};
  for (const int64_t label : {0, 1, 2, 4}) {  // places 2, 3, 4 and 5 behind classes 3 and 8
    record.raw["labels"] = {{1}, Whole{label}};
    REQUIRE(Rescorers::find("knn").recompute(record).at("k5_top5") == (label == 4 ? 0 : 100));
  }
}

TEST_CASE("broken k-NN answers are refused", "[rescore]") {
  const auto refused = [](const std::string& name, const Array& array, const std::string& text) {
    EvaluationRecord record = knn_record();
    record.raw[name] = array;
    REQUIRE_THROWS_WITH(Rescorers::find("knn").recompute(record), Catch::Contains(text));
  };
  refused("neighbours", {{2, 3}, Whole{1, 0, 2, 3, 1, 4}}, "row 4 of 4");
  refused("neighbours", {{2, 3}, std::vector<double>(6)}, "another type");
  refused("neighbours", {{6}, Whole(6)}, "2 dimensions");
  refused("similarities", {{2, 2}, std::vector<float>(4)}, "4 elements");
  refused("labels", {{3}, Whole(3)}, "3 labels");
  refused("k4_predictions", {{2}, Whole(2)}, "k = 4 of 3");
}

RunRecord of(const EvaluationRecord& evaluation, const std::string& name = "knn") {
  RunRecord record;
  record.eval[name] = evaluation;
  return record;
}

std::map<std::string, std::string> problems(const RunRecord& record) {
  std::map<std::string, std::string> out;
  for (const RescoredMetric& row : rescore(record)) out[row.metric] = row.problem;
  return out;
}

TEST_CASE("rescore tells equal from different, and what only one side knows", "[rescore]") {
  EvaluationRecord knn = knn_record();
  knn.metrics["k1_top1"] = percent_metric(0, 2);
  knn.metrics["k1_top5"] = {1e-8, "percent", 2};
  knn.metrics["k3_top1"] = {50 * (1 + 5e-10), "percent", 2};
  knn.metrics["k9_top1"] = percent_metric(1, 2);
  REQUIRE(problems(of(knn)) == std::map<std::string, std::string>{{"k1_top1", ""},
                                                                  {"k1_top5", "differs"},
                                                                  {"k3_top1", ""},
                                                                  {"k3_top5", "not stored"},
                                                                  {"k9_top1", "not recomputed"}});
  knn.metrics["k3_top1"].value = std::nan("");
  REQUIRE(problems(of(knn)).at("k3_top1") == "differs");
  REQUIRE(problems(of(knn, "other")) == std::map<std::string, std::string>{{"", "no rescorer"}});
  EvaluationRecord skipped;
  skipped.attributes["status"] = "not_applicable";
  REQUIRE(problems(of(skipped)).empty());
  EvaluationRecord emptied;
  emptied.attributes["status"] = "completed";
  REQUIRE_THROWS_WITH(rescore(of(emptied)), Catch::Contains("knn: raw/neighbours is missing"));
}

TEST_CASE("the metrics of a linear sweep come back from its raw answers", "[rescore]") {
  const tiny::Folder folder("rescore_linear");
  linear_bench::draw(folder / "data", 10);
  const auto comm = make_self_communicator();
  EvaluationRecord record =
      linear_bench::Bench{*comm}.run(folder / "data", {"--sweep", "0.001", "0.5"});
  REQUIRE(record.metrics.size() == 4);
  for (const auto& [metric, problem] : problems(of(record, "linear"))) {
    INFO(metric);
    REQUIRE(problem.empty());
  }
  auto& predictions = std::get<Whole>(record.raw.at("predictions").values);
  predictions[0] = (predictions[0] + 1) % 3;
  REQUIRE(problems(of(record, "linear")).at("top1") == "differs");
  REQUIRE(problems(of(record, "linear")).at("best_top1").empty());
}

}  // namespace rescore_test
}  // namespace dinobench
