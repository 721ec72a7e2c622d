// Item scores by hand; their mean is what the rescorer says.
#include "eval/items.hpp"

#include <cmath>
#include <numeric>

#include "eval/rescore.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace items_test {

using Whole = std::vector<int64_t>;
using Numbers = std::vector<double>;
using Names = std::vector<std::string>;

ItemScores scores(const std::string& evaluation, const EvaluationRecord& record,
                  const std::string& metric) {
  const auto found = ItemScorers::find(evaluation).scores(record, metric);
  REQUIRE(found);
  return *found;
}

double mean(const Numbers& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TEST_CASE("answers of classifiers are 100 or 0 an image", "[items]") {
  EvaluationRecord record;
  record.raw["paths"] = {{3}, Names{"a", "b", "c"}};
  record.raw["labels"] = {{3}, Whole{1, 2, 3}};
  record.raw["k20_predictions"] = {{3}, Whole{1, 0, 3}};
  record.raw["predictions"] = {{3}, Whole{1, 0, 0}};
  record.raw["top5"] = {{3, 2}, Whole{1, 4, 0, 2, 0, 5}};
  REQUIRE(scores("knn", record, "k20_top1").values == Numbers{100, 0, 100});
  REQUIRE(scores("knn", record, "k20_top1").ids == Names{"a", "b", "c"});
  REQUIRE(scores("linear", record, "top1").values == Numbers{100, 0, 0});
  REQUIRE(scores("linear", record, "top5").values == Numbers{100, 100, 0});
  REQUIRE_FALSE(ItemScorers::find("knn").scores(record, "k20_top5"));
  REQUIRE_FALSE(ItemScorers::find("knn").scores(record, "k9_top1"));
  record.raw["predictions"] = {{2}, Whole{1, 0}};
  REQUIRE_THROWS_WITH(ItemScorers::find("linear").scores(record, "top1"),
                      Catch::Contains("2 elements for 3 labels"));
}

TEST_CASE("fifth places of k-NN come from its votes", "[items]") {
  EvaluationRecord record;
  record.attributes["temperature"] = 1.0;
  record.raw["paths"] = {{2}, Names{"a", "b"}};
  record.raw["train_labels"] = {{4}, Whole{3, 8, 3, 0}};
  record.raw["neighbours"] = {{2, 3}, Whole{1, 0, 2, 3, 1, 0}};
  record.raw["similarities"] = {{2, 3}, std::vector<float>{0.9f, 0.5f, 0.5f, 0.8f, 0.2f, 0.1f}};
  record.raw["labels"] = {{2}, Whole{8, 2}};
  // Query a: class 3 has two votes of exp(0.5), 8 one of exp(0.9): second of three. Query b: 0, 8
  // and 3 have votes, 2 has none.
  REQUIRE(scores("knn", record, "k3_top5").values == Numbers{100, 0});
  record.raw["k3_predictions"] = {{2}, Whole{3, 0}};
  REQUIRE(Rescorers::find("knn").recompute(record).at("k3_top5") == 50);
}

TEST_CASE("queries without positives are no items", "[items]") {
  EvaluationRecord record;
  record.raw["query_paths"] = {{3}, Names{"q0", "q1", "q2"}};
  record.raw["medium_AP"] = {{3}, Numbers{0.5, std::nan(""), 0.25}};
  record.raw["medium_P10"] = {{3}, Numbers{1, std::nan(""), 0.5}};
  record.raw["strong_paths"] = {{1}, Names{"c0"}};
  record.raw["strong_AP"] = {{1}, Numbers{0.75}};
  record.raw["strong_full_AP"] = {{1}, Numbers{0.875}};
  REQUIRE(scores("retrieval", record, "medium_mAP").values == Numbers{50, 25});
  REQUIRE(scores("retrieval", record, "medium_mAP").ids == Names{"q0", "q2"});
  REQUIRE(scores("retrieval", record, "medium_mP10").values == Numbers{100, 50});
  REQUIRE(scores("copy_detection", record, "strong_mAP").values == Numbers{75});
  REQUIRE(scores("copy_detection", record, "strong_full_mAP").values == Numbers{87.5});
  REQUIRE_FALSE(ItemScorers::find("copy_detection").scores(record, "strong_uAP"));
}

// Two objects of image a, one of b; two thresholds, two heads.
TEST_CASE("attention is judged by image, as its rescorer does", "[items]") {
  EvaluationRecord record;
  record.raw["image_ids"] = {{3}, Names{"a", "a", "b"}};
  record.raw["thresholds"] = {{2}, Numbers{0.6, 0.8}};
  record.raw["iou"] = {{3, 2, 2}, Numbers{10, 20, 0, 0, 30, 20, 0, 0, 5, 7, 0, 8}};
  record.raw["mean_head_iou"] = {{3, 2}, Numbers{12, 0, 14, 0, 6, 0}};
  REQUIRE(scores("attention", record, "jaccard_t60").values == Numbers{25, 7});
  REQUIRE(scores("attention", record, "head0_jaccard_t60").values == Numbers{20, 5});
  REQUIRE(scores("attention", record, "mean_head_jaccard_t60").values == Numbers{13, 6});
  for (const auto& [metric, value] : Rescorers::find("attention").recompute(record))
    REQUIRE(mean(scores("attention", record, metric).values) == Approx(value));
  REQUIRE_FALSE(ItemScorers::find("attention").scores(record, "jaccard_t70"));
}

TEST_CASE("video is judged by object, as its rescorer does", "[items]") {
  EvaluationRecord record;
  record.raw["J"] = {{4}, Numbers{40, 60, 80, 100}};
  record.raw["F"] = {{4}, Numbers{20, 60, 80, 60}};
  record.raw["object"] = {{4}, Whole{0, 0, 1, 1}};
  record.raw["object_sequence"] = {{2}, Names{"s", "s"}};
  record.raw["object_label"] = {{2}, Whole{1, 2}};
  REQUIRE(scores("video", record, "J_mean").values == Numbers{50, 90});
  REQUIRE(scores("video", record, "JF_mean").values == Numbers{45, 80});
  REQUIRE(scores("video", record, "JF_mean").ids == Names{"s/1", "s/2"});
  REQUIRE(scores("video", record, "J_recall").values == Numbers{50, 100});
  for (const char* metric : {"J_mean", "J_recall", "F_mean", "F_recall", "JF_mean"})
    REQUIRE(mean(scores("video", record, metric).values) ==
            Approx(Rescorers::find("video").recompute(record).at(metric)));
  REQUIRE_FALSE(ItemScorers::find("video").scores(record, "J_decay"));
}

TEST_CASE("a record without raw answers has no items", "[items]") {
  for (const std::string& name : ItemScorers::names())
    for (const char* metric : {"top1", "k20_top1", "medium_mAP", "jaccard_t60", "J_mean"})
      REQUIRE_FALSE(ItemScorers::find(name).scores({}, metric));
}

}  // namespace items_test
}  // namespace dinobench
