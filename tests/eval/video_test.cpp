// The video evaluation on a drawn set: masks, metrics, raw answers, scoring alone, bad input.
#include "eval/rescore.hpp"
#include "eval/video_scores.hpp"
#include "tests/eval/tiny_video.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace video_test {

EvaluationRecord run(const tiny::VideoSet& set, const tiny::Words& more,
                     const std::string& arch = "vit_nano") {
  const auto comm = make_self_communicator();
  return tiny::run_video(set, *comm, more, arch);
}

template <class T>
std::vector<T> raw(const EvaluationRecord& record, const std::string& name) {
  return std::get<std::vector<T>>(record.raw.at(name).values);
}

std::string text(const EvaluationRecord& record, const std::string& name) {
  const auto found = record.attributes.find(name);
  return found == record.attributes.end() ? "" : std::get<std::string>(found->second);
}

TEST_CASE("masks, seven metrics and the raw values of each object and frame", "[video]") {
  const tiny::Folder folder("video");
  const tiny::VideoSet set(folder / "set");
  set.draw("cars", 5, 5);
  set.draw("boat", 4, 4, 1);
  set.list({"cars", "boat"});
  const std::string out = (folder / "out").string();
  const EvaluationRecord record = run(set, {"--output_dir", out});
  REQUIRE(record.metrics.size() == 7);
  for (const char* name : {"J_mean", "J_recall", "J_decay", "F_mean", "F_recall", "F_decay"})
    REQUIRE(record.metrics.at(name).n == 3);
  const Metric& both = record.metrics.at("JF_mean");
  REQUIRE(both.value ==
          Approx((record.metrics.at("J_mean").value + record.metrics.at("F_mean").value) / 2));
  REQUIRE((both.ci_low <= both.value && both.value <= both.ci_high));
  REQUIRE(raw<int64_t>(record, "object") == std::vector<int64_t>{0, 0, 0, 1, 1, 1, 2, 2});
  REQUIRE(raw<std::string>(record, "frame") == tiny::Words{"1", "2", "3", "1", "2", "3", "1", "2"});
  REQUIRE(raw<std::string>(record, "object_sequence") == tiny::Words{"cars", "cars", "boat"});
  REQUIRE(raw<int64_t>(record, "object_label") == std::vector<int64_t>{1, 2, 1});
  REQUIRE(raw<double>(record, "J").size() == 8);
  for (int frame = 0; frame < 5; ++frame) {
    const Mask mask = read_mask(folder / ("out/cars/" + std::to_string(frame) + ".png"));
    REQUIRE((mask.has_palette && mask.width == 72 && mask.height == 64));
    if (frame == 0) REQUIRE(mask.values == read_mask(set.annotation("cars", 0)).values);
  }
  // What stands in the record is what a look at the files gives, and what its raw values give.
  const EvaluationRecord again = run(set, {"--score_only", out});
  REQUIRE(raw<double>(again, "J") == raw<double>(record, "J"));
  REQUIRE(raw<double>(again, "F") == raw<double>(record, "F"));
  const auto recomputed = Rescorers::find("video").recompute(record);
  REQUIRE(recomputed.size() == 7);
  for (const auto& [name, value] : recomputed)
    REQUIRE(value == Approx(record.metrics.at(name).value).margin(1e-10));
}

TEST_CASE("the annotations scored as results are perfect", "[video]") {
  const tiny::Folder folder("video_perfect");
  const tiny::VideoSet set(folder / "set");
  set.draw("cars", 6, 6);
  set.list({"cars"});
  const EvaluationRecord record =
      run(set, {"--score_only", (set.root() / "Annotations/480p").string()});
  for (const auto& [name, metric] : record.metrics)
    REQUIRE(metric.value == (name.ends_with("decay") ? 0 : 100));
}

TEST_CASE("without more annotations than the first there are masks and no measures", "[video]") {
  const tiny::Folder folder("video_first");
  const tiny::VideoSet set(folder / "set");
  set.draw("long", 4, 1);
  set.draw("single", 1, 1);
  set.list({"long", "single"});
  const EvaluationRecord record = run(set, {"--output_dir", (folder / "out").string()});
  REQUIRE(text(record, "status") == "not_applicable");
  REQUIRE(record.metrics.empty());
  for (const char* mask : {"out/long/0.png", "out/long/3.png", "out/single/0.png"})
    REQUIRE(std::filesystem::exists(folder / mask));
  set.draw("long", 4, 4);  // one sequence that can be scored is scored, the other counted
  const EvaluationRecord mixed = run(set, {"--output_dir", (folder / "out").string()});
  REQUIRE(text(mixed, "status").empty());
  REQUIRE(mixed.metrics.at("J_mean").n == 2);
  REQUIRE(std::get<int64_t>(mixed.attributes.at("unscored_sequences")) == 1);
}

TEST_CASE("a network without patch tokens is not applicable", "[video]") {
  const tiny::Folder folder("video_resnet");
  const tiny::VideoSet set(folder / "set");
  set.draw("cars", 3, 3);
  set.list({"cars"});
  const EvaluationRecord record = run(set, {}, "resnet18");
  REQUIRE(text(record, "status") == "not_applicable");
  REQUIRE_THAT(text(record, "reason"), Catch::Contains("resnet18"));
}

TEST_CASE("bad results and bad frames are named", "[video]") {
  const tiny::Folder folder("video_bad");
  const tiny::VideoSet set(folder / "set");
  set.draw("cars", 4, 4);
  set.list({"cars"});
  const std::string out = (folder / "out").string();
  run(set, {"--output_dir", out});
  const tiny::Words score{"--score_only", out};
  write_mask({72, 63, std::vector<uint8_t>(72 * 63, 0)}, folder / "out/cars/2.png");
  REQUIRE_THROWS_WITH(run(set, score), Catch::Contains("cars/2.png: the mask is 72 x 63"));
  write_mask({72, 64, std::vector<uint8_t>(72 * 64, 3)}, folder / "out/cars/2.png");
  REQUIRE_THROWS_WITH(run(set, score), Catch::Contains("cars/2.png: the mask holds index 3"));
  std::filesystem::remove(folder / "out/cars/2.png");
  REQUIRE_THROWS_WITH(run(set, score), Catch::Contains("cars/2.png: this result is missing"));
  write_png(tiny::picture(0, 0), set.root() / "JPEGImages/480p/cars/2.png");
  REQUIRE_THROWS_WITH(run(set, {"--output_dir", out}),
                      Catch::Contains("2.png: the frame is 40 x 36"));
  REQUIRE_THROWS_WITH(run(set, {"--topk", "0"}), Catch::Contains("--topk 0"));
  REQUIRE_THROWS_WITH(run(set, {"--scale_size", "7", "--output_dir", out}),
                      Catch::Contains("long side of 7"));
}

TEST_CASE("sequences are dealt by length to the rank with least to do", "[video]") {
  std::vector<Sequence> sequences;
  for (const size_t frames : {3, 9, 4, 4, 2})
    sequences.push_back({"", std::vector<std::string>(frames), {}, {}});
  REQUIRE(deal_sequences(sequences, 1) == std::vector<int>{0, 0, 0, 0, 0});
  REQUIRE(deal_sequences(sequences, 2) == std::vector<int>{1, 0, 1, 1, 0});
  REQUIRE(deal_sequences(sequences, 8) == std::vector<int>{3, 0, 1, 2, 4});
}

}  // namespace video_test
}  // namespace dinobench
