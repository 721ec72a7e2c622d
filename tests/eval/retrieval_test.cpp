// The retrieval evaluation on a drawn set.
#include <cmath>

#include "core/error.hpp"
#include "core/hdf5_file.hpp"
#include "eval/rescore.hpp"
#include "tests/eval/drawn_sets.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace retrieval_test {

const tiny::Words kCropped{"--dataset", "tiny", "--imsize", "32", "--crop_queries"};

std::vector<int64_t> whole(const EvaluationRecord& record, const std::string& name) {
  return std::get<std::vector<int64_t>>(record.raw.at(name).values);
}

TEST_CASE("retrieval keeps its metrics, counts and raw answers", "[retrieval]") {
  const tiny::Folder folder("retrieval");
  drawn::landmarks(folder / "");
  const EvaluationRecord record =
      drawn::Bench().run("retrieval", folder / "", drawn::model("pixels"), kCropped);
  REQUIRE(record.metrics.size() == 12);
  REQUIRE(record.metrics.at("easy_mAP").n == 2);
  REQUIRE(record.metrics.at("hard_mP10").unit == "percent");
  REQUIRE(std::get<int64_t>(record.attributes.at("medium_queries_excluded")) == 1);
  REQUIRE(record.raw.at("query_paths").shape == std::vector<int64_t>{3});
  REQUIRE(whole(record, "listed_query") == std::vector<int64_t>{0, 0, 0, 0, 1, 1, 1, 2});
  REQUIRE(whole(record, "listed_image") == std::vector<int64_t>{0, 3, 6, 1, 4, 1, 7, 2});
  REQUIRE(whole(record, "listed_rank")[0] == 0);  // the box of query 0 is image 0
  REQUIRE(whole(record, "listed_rank")[5] == 0);  // the box of query 1 is image 1
  const auto paths = std::get<std::vector<std::string>>(record.raw.at("listed_paths").values);
  REQUIRE(paths[1] == "jpg/d3.jpg");
  const auto& hard = std::get<std::vector<double>>(record.raw.at("hard_AP").values);
  REQUIRE(std::isnan(hard[2]));
}

TEST_CASE("retrieval metrics are recomputed from the record", "[retrieval][rescore]") {
  const tiny::Folder folder("retrieval_rescore");
  drawn::landmarks(folder / "");
  const EvaluationRecord record = drawn::Bench().run(
      "retrieval", folder / "", drawn::model("vit_nano"), {"--dataset", "tiny", "--imsize", "32"});
  const auto again = Rescorers::find("retrieval").recompute(record);
  REQUIRE(again.size() == record.metrics.size());
  for (const auto& [name, metric] : record.metrics)
    REQUIRE(again.at(name) == Approx(metric.value).epsilon(1e-12));
}

TEST_CASE("ResNets and several scales are judged, images of any shape", "[retrieval]") {
  const tiny::Folder folder("retrieval_resnet");
  drawn::landmarks(folder / "");
  const std::string file = (folder / "features.h5").string();
  const EvaluationRecord record =
      drawn::Bench().run("retrieval", folder / "", drawn::model("resnet18"),
                         {"--dataset", "tiny", "--multiscale", "--dump_features", file});
  REQUIRE(record.metrics.contains("medium_mAP"));
  const Hdf5Reader reader(file);
  REQUIRE(reader.shape("/database/features") == std::vector<int64_t>{8, 512});
  REQUIRE(reader.shape("/queries/features") == std::vector<int64_t>{3, 512});
}

TEST_CASE("an unreadable database image ends retrieval, or leaves it and is counted",
          "[retrieval]") {
  const tiny::Folder folder("retrieval_bad");
  drawn::landmarks(folder / "");
  const EvaluationRecord good =
      drawn::Bench().run("retrieval", folder / "", drawn::model("pixels"), kCropped);
  std::filesystem::resize_file(folder / "tiny/jpg/d3.jpg", 60);
  REQUIRE_THROWS_WITH(
      drawn::Bench().run("retrieval", folder / "", drawn::model("pixels"), kCropped),
      Catch::Contains("d3.jpg"));
  tiny::Words words = kCropped;
  words.insert(words.end(), {"--on_bad_image", "skip"});
  const EvaluationRecord record =
      drawn::Bench().run("retrieval", folder / "", drawn::model("pixels"), words);
  REQUIRE(std::get<int64_t>(record.attributes.at("bad_images")) == 1);
  REQUIRE(std::get<int64_t>(record.attributes.at("database_images")) == 7);
  REQUIRE(whole(record, "listed_query") == std::vector<int64_t>{0, 0, 0, 1, 1, 1, 2});
  const auto paths = std::get<std::vector<std::string>>(record.raw.at("listed_paths").values);
  REQUIRE(paths[1] == "jpg/d6.jpg");  // row 5 of the images that are left
}

TEST_CASE("retrieval finds faults of the set before anything runs", "[retrieval]") {
  const tiny::Folder folder("retrieval_check");
  drawn::landmarks(folder / "");
  std::filesystem::remove(folder / "tiny/jpg/q1.jpg");
  REQUIRE_THROWS_WITH(drawn::Bench().run("retrieval", folder / "", FrozenModel{}, kCropped),
                      Catch::Contains("qimlist[1]") && Catch::Contains("q1.jpg"));
}

}  // namespace retrieval_test
}  // namespace dinobench
