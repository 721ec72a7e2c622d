// A supervised network's own classifier, worked by hand.
#include "comm/communicator.hpp"
#include "eval/evaluation.hpp"
#include "tests/test.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace classifier_test {

EvaluationRecord judge(const FrozenModel& model, const std::filesystem::path& data) {
  const auto comm = make_self_communicator();
  Console console{false, true};
  RunRecord record;
  RunContext context{*comm, console, record};
  context.num_workers = 1;
  Options options(tiny::Words{"--resize_size", "0", "--crop_size", "8"});
  const auto evaluation = Evaluations::find("classifier").make(options, data.string());
  options.finish();
  evaluation->check();
  return evaluation->run(model, context);
}

void draw(const std::filesystem::path& data) {
  for (const char* split : {"train", "val"}) {
    for (uint64_t label = 0; label < 3; ++label) {
      const auto folder = data / split / ("class" + std::to_string(label));
      std::filesystem::create_directories(folder);
      for (uint64_t i = 0; i <= label; ++i)  // 1, 2 and 3 images
        write_png(crop(tiny::picture(label, i), {0, 0, 8, 8}),
                  folder / (std::to_string(i) + ".png"));
    }
  }
}

TEST_CASE("a classifier that always says class 1 is right on class 1 alone", "[classifier]") {
  const tiny::Folder folder("classifier");
  draw(folder / "");
  FrozenModel model{tiny::pixels(), "pixels"};
  at::Tensor bias = at::zeros({3});
  bias[1] = 1;
  model.classifier = LinearClassifier{at::zeros({3, 3 * 8 * 8}), bias};
  const EvaluationRecord record = judge(model, folder / "");
  REQUIRE(record.metrics.at("top1").value == Approx(100.0 * 2 / 6));
  REQUIRE(record.metrics.at("top5").value == Approx(100));
  REQUIRE(std::get<std::vector<int64_t>>(record.raw.at("predictions").values) ==
          std::vector<int64_t>(6, 1));
}

TEST_CASE("without a classifier the evaluation says that it does not apply", "[classifier]") {
  const tiny::Folder folder("no-classifier");
  draw(folder / "");
  const FrozenModel model{tiny::pixels(), "pixels"};
  const EvaluationRecord record = judge(model, folder / "");
  REQUIRE(std::get<std::string>(record.attributes.at("status")) == "not_applicable");
  REQUIRE(record.metrics.empty());
}

TEST_CASE("a classifier of other classes is refused", "[classifier]") {
  const tiny::Folder folder("other-classes");
  draw(folder / "");
  FrozenModel model{tiny::pixels(), "pixels"};
  model.classifier = LinearClassifier{at::zeros({4, 3 * 8 * 8}), at::zeros({4})};
  REQUIRE_THROWS_WITH(judge(model, folder / ""), Catch::Contains("knows 4 classes"));
}

}  // namespace classifier_test
}  // namespace dinobench
