// Differences of two records, worked by hand.
#include <cmath>
#include <fstream>

#include "core/error.hpp"
#include "data/image.hpp"
#include "tests/test.hpp"
#include "tests/tools/made_record.hpp"
#include "tests/train/tiny_run.hpp"
#include "tools/answers.hpp"
#include "tools/diff_report.hpp"

namespace dinobench {
namespace diff_test {

using Texts = std::vector<std::string>;
using Whole = std::vector<int64_t>;

RunRecord full() {
  RunRecord record = made::record(3, 40).record;
  record.attributes["host"] = "a";
  record.options = {{"lr", "0.1"}, {"output", "a.h5"}, {"knn.data_path", "x"}};
  record.train["loss"] = {6, 5, 4, 3};
  record.train["step"] = {0, 1, 2, 3};
  record.train["images_per_second"] = {9, 9, 9, 9};
  EvaluationRecord& knn = record.eval["knn"];
  knn.raw["paths"] = {{3}, Texts{"cat/0.png", "cat/1.png", "dog/<0>.png"}};
  knn.raw["labels"] = {{3}, Whole{0, 0, 1}};
  knn.raw["k20_predictions"] = {{3}, Whole{0, 1, 1}};
  return record;
}

TEST_CASE("timings, hosts and paths make no difference", "[diff]") {
  RunRecord now = full();
  now.attributes["host"] = "b";
  now.attributes["seconds"] = 7.0;
  now.options["output"] = "b.h5";
  now.options["knn.data_path"] = "y";
  now.train["images_per_second"] = {1, 2, 3, 4};
  const RecordDiff diff = diff_records(full(), now, 1e-5);
  REQUIRE(diff.equal());
  REQUIRE(diff.fields.size() == 3);
  REQUIRE(diff_summary(diff) == "equal");
  now.options["lr"] = "0.2";
  now.options.erase("knn.data_path");
  const RecordDiff other = diff_records(full(), now, 1e-5);
  REQUIRE_FALSE(other.equal());
  REQUIRE(other.fields[1].place == "--knn.data_path");
  REQUIRE(other.fields[1].now == "-");
  REQUIRE(other.fields[2].place == "--lr");
  REQUIRE_FALSE(other.fields[2].circumstance);
}

TEST_CASE("a series parts first by bits, then beyond rounding", "[diff]") {
  RunRecord now = full();
  now.train["loss"] = {6, std::nextafter(5.0, 6.0), 4.001, 9};
  now.train["more"] = {1};
  RecordDiff diff = diff_records(full(), now, 1e-5);
  REQUIRE(diff.series.size() == 2);
  REQUIRE(diff.series[0].name == "loss");
  REQUIRE(diff.series[0].first_bits == 1);
  REQUIRE(diff.series[0].first_beyond == 2);
  REQUIRE(diff.series[0].then == "4");
  REQUIRE(diff.series[0].now == "4.001");
  REQUIRE(diff.series[1].then_steps == 0);
  REQUIRE(diff.series[1].now_steps == 1);
  REQUIRE(diff.series[1].first_bits == -1);
  now = full();
  now.train["loss"][2] = std::nextafter(4.0, 5.0);
  diff = diff_records(full(), now, 1e-5);
  REQUIRE(diff.series[0].first_bits == 2);
  REQUIRE(diff.series[0].first_beyond == -1);
  REQUIRE_FALSE(diff.equal());
}

TEST_CASE("flipped answers are found by path, whatever the order", "[diff]") {
  RunRecord now = full();
  EvaluationRecord& knn = now.eval["knn"];
  knn.raw["paths"] = {{3}, Texts{"dog/<0>.png", "cat/1.png", "cat/0.png"}};
  knn.raw["labels"] = {{3}, Whole{1, 0, 0}};
  knn.raw["k20_predictions"] = {{3}, Whole{0, 0, 0}};
  knn.metrics["k20_top1"].value = 60;
  const RecordDiff diff = diff_records(full(), now, 1e-5);
  REQUIRE(diff.metrics.size() == 1);
  REQUIRE(diff.metrics[0].now == "60 percent (n 50)");
  REQUIRE(diff.flips.size() == 2);
  REQUIRE(diff.flips[0].image == "cat/1.png");
  REQUIRE(diff.flips[0].then == "1 (dog)");
  REQUIRE(diff.flips[0].now == "0 (cat)");
  REQUIRE(diff.flips[0].truth == "0 (cat)");
  REQUIRE(diff.flips[1].image == "dog/<0>.png");
  const std::string text = diff_text(diff, {"a", "b", 1, 1e-5, ""});
  REQUIRE_THAT(text, Catch::Contains("knn k20_predictions: 2 answers changed, the first 1 shown"));
  REQUIRE_THAT(text, Catch::Contains("| cat/1.png | 0 (cat) | 1 (dog) | 0 (cat) | fixed |"));
}

TEST_CASE("ranks of retrieval and copy detection are answers too", "[diff]") {
  EvaluationRecord retrieval;
  retrieval.raw["query_paths"] = {{1}, Texts{"jpg/q.jpg"}};
  retrieval.raw["listed_paths"] = {{2}, Texts{"jpg/a.jpg", "jpg/a.jpg"}};
  retrieval.raw["listed_query"] = {{2}, Whole{0, 0}};
  retrieval.raw["listed_rank"] = {{2}, Whole{4, 7}};
  retrieval.raw["listed_relevance"] = {{2}, Whole{0, 2}};
  const Answers ranks = answers_of(retrieval);
  REQUIRE(ranks.size() == 2);
  REQUIRE(ranks.at({"rank", "jpg/q.jpg", "jpg/a.jpg", 0}).value == "4");
  REQUIRE(ranks.at({"rank", "jpg/q.jpg", "jpg/a.jpg", 1}).truth == "junk");
  EvaluationRecord copies;
  copies.raw["blocks"] = {{1}, Texts{"strong"}};
  copies.raw["strong_paths"] = {{1}, Texts{"strong/1.jpg"}};
  copies.raw["original_paths"] = {{2}, Texts{"original/0.jpg", "original/1.jpg"}};
  copies.raw["strong_positive_query"] = {{1}, Whole{0}};
  copies.raw["strong_positive_original"] = {{1}, Whole{1}};
  copies.raw["strong_positive_rank"] = {{1}, Whole{3}};
  REQUIRE(answers_of(copies).at({"strong rank", "strong/1.jpg", "original/1.jpg", 0}).value == "3");
  copies.raw["strong_positive_rank"] = {{2}, Whole{3, 4}};  // does not fit
  REQUIRE(answers_of(copies).empty());
}

TEST_CASE("the page holds its pictures and escapes what it names", "[diff]") {
  const tiny::Folder folder("diff_page");
  std::filesystem::create_directories(folder / "val/dog");
  write_png(tiny::picture(0, 0), folder / "val/dog/<0>.png");
  std::filesystem::create_directories(folder / "val/cat");
  std::ofstream(folder / "val/cat/1.png") << "not a picture";
  RunRecord now = full();
  now.eval["knn"].raw["k20_predictions"].values = Whole{1, 0, 0};
  DiffView view{"a&b.h5", "c.h5", 50, 1e-5, (folder / "").string()};
  const std::string page = diff_page(diff_records(full(), now, 1e-5), view);
  REQUIRE_THAT(page, Catch::Contains("a&amp;b.h5"));
  REQUIRE_THAT(page, Catch::Contains("<td>dog/&lt;0&gt;.png<img alt=\"dog/&lt;0&gt;.png\" "
                                     "width=\"40\" height=\"36\" "
                                     "src=\"data:image/jpeg;base64,/9j/"));
  REQUIRE_THAT(page, Catch::Contains("<td>cat/0.png<em>not in --data_path</em></td>"));
  REQUIRE_THAT(page, Catch::Contains("<td>cat/1.png<em>"));  // the decoder's words
  REQUIRE_THAT(page, !Catch::Contains("http"));
  view.data_path = "/nowhere";
  REQUIRE_THROWS_WITH(diff_page(diff_records(full(), now, 1e-5), view),
                      Catch::Contains("--data_path /nowhere: no such folder"));
}

}  // namespace diff_test
}  // namespace dinobench
