// The k-NN evaluation on a small drawn data set.
#include <algorithm>

#include "comm/communicator.hpp"
#include "core/hdf5_file.hpp"
#include "eval/evaluation.hpp"
#include "eval/features.hpp"
#include "eval/labelled_splits.hpp"
#include "tests/test.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace knn_test {

const tiny::Words kSmall{
    "--resize_size", "0", "--crop_size", "32", "--batch_size_per_gpu", "4", "--nb_knn", "1", "5"};

void draw_square(const std::filesystem::path& root, uint64_t classes, uint64_t per_class,
                 uint64_t first = 0) {
  for (uint64_t label = 0; label < classes; ++label) {
    const auto folder = root / ("class" + std::to_string(label));
    std::filesystem::create_directories(folder);
    for (uint64_t i = first; i < first + per_class; ++i)
      write_png(crop(tiny::picture(label, i), {0, 0, 32, 32}),
                folder / (std::to_string(i) + ".png"));
  }
}

struct Bench {
  std::unique_ptr<Communicator> comm = make_self_communicator();
  Console console{false, true};
  RunRecord record;
  RunContext context{*comm, console, record};
  FrozenModel pixels{Backbones::find("pixels").make({.image_size = 32}), "pixels"};

  EvaluationRecord run(const std::filesystem::path& data, const tiny::Words& more = {}) {
    tiny::Words words = kSmall;
    words.insert(words.end(), more.begin(), more.end());
    Options options(words);
    const auto knn = Evaluations::find("knn").make(options, data.string());
    options.finish();
    knn->check();
    context.num_workers = 1;
    return knn->run(knn->needs_model() ? pixels : FrozenModel{}, context);
  }
};

TEST_CASE("k-NN keeps its metrics, counts and raw answers", "[knn]") {
  const tiny::Folder folder("knn");
  draw_square(folder / "train", 3, 6);
  draw_square(folder / "val", 3, 3, 100);
  const EvaluationRecord record = Bench().run(folder / "");
  REQUIRE(record.metrics.size() == 4);
  REQUIRE(record.metrics.at("k5_top1").n == 9);
  REQUIRE(record.metrics.at("k5_top1").value > 60);  // the colours tell the classes apart
  REQUIRE(record.raw.at("neighbours").shape == std::vector<int64_t>{9, 5});
  REQUIRE(record.raw.at("train_labels").shape == std::vector<int64_t>{18});
  const auto& predictions = std::get<std::vector<int64_t>>(record.raw.at("k5_predictions").values);
  const auto& labels = std::get<std::vector<int64_t>>(record.raw.at("labels").values);
  int hits = 0;
  for (size_t i = 0; i < labels.size(); ++i) hits += labels[i] == predictions[i];
  REQUIRE(record.metrics.at("k5_top1").value == 100.0 * hits / 9);
}

TEST_CASE("dumped features give the same answers when they are loaded", "[knn]") {
  const tiny::Folder folder("knn_dump");
  draw_square(folder / "train", 2, 5);
  draw_square(folder / "val", 2, 3, 100);
  const std::string file = (folder / "features.h5").string();
  const EvaluationRecord direct = Bench().run(folder / "", {"--dump_features", file});
  const Hdf5Reader reader(file);
  REQUIRE(reader.shape("/train/features") == std::vector<int64_t>{10, 3 * 32 * 32});
  const auto paths = std::get<std::vector<std::string>>(reader.array("/val/paths").values);
  REQUIRE(paths.front() == "class0/100.png");
  REQUIRE(paths.back() == "class1/102.png");
  const EvaluationRecord loaded = Bench().run("", {"--load_features", file});
  REQUIRE(loaded.raw.at("neighbours").values == direct.raw.at("neighbours").values);
  REQUIRE(loaded.raw.at("similarities").values == direct.raw.at("similarities").values);
  REQUIRE(loaded.metrics.at("k5_top1").value == direct.metrics.at("k5_top1").value);
}

TEST_CASE("bad k-NN input is named", "[knn]") {
  const tiny::Folder folder("knn_bad");
  draw_square(folder / "train", 2, 5);
  draw_square(folder / "val", 2, 2, 100);
  Bench bench;
  REQUIRE_THROWS_WITH(bench.run(folder / "", {"--val_split", "test"}), Catch::Contains("test"));
  Options more({"--nb_knn", "10", "20"});
  const auto knn = Evaluations::find("knn").make(more, (folder / "").string());
  REQUIRE_THROWS_WITH(knn->check(),
                      Catch::Contains("20") && Catch::Contains("bank of 10 features"));
  draw_square(folder / "other/train", 1, 9);
  draw_square(folder / "other/val", 1, 1, 100);
  REQUIRE_THROWS_WITH(bench.run(folder / "other"), Catch::Contains("at least two classes"));
  draw_square(folder / "more/train", 2, 5);
  draw_square(folder / "more/val", 3, 1, 100);
  REQUIRE_THROWS_WITH(bench.run(folder / "more"), Catch::Contains("class 'class2'"));
}

TEST_CASE("labels follow class names where val lacks a class", "[knn]") {
  const tiny::Folder folder("knn_names");
  draw_square(folder / "train", 3, 2);
  draw_square(folder / "val", 3, 1, 100);
  std::filesystem::remove_all(folder / "val" / "class1");
  const LabelledSplits splits = open_labelled_splits((folder / "").string(), "train", "val");
  REQUIRE(splits.val.samples.back().id == "class2/100.png");
  REQUIRE(splits.val.samples.back().label == 2);
}

TEST_CASE("a bad image ends the extraction, or is left out and counted", "[knn]") {
  const tiny::Folder folder("knn_skip");
  draw_square(folder / "train", 2, 6);
  draw_square(folder / "val", 2, 2, 100);
  std::filesystem::resize_file(folder / "train" / "class0" / "3.png", 60);
  REQUIRE_THROWS_WITH(Bench().run(folder / ""), Catch::Contains("class0/3.png"));
  const EvaluationRecord record = Bench().run(folder / "", {"--on_bad_image", "skip"});
  REQUIRE(std::get<int64_t>(record.attributes.at("bad_images")) == 1);
  const auto& paths = std::get<std::vector<std::string>>(record.raw.at("train_paths").values);
  REQUIRE(paths.size() == 11);
  REQUIRE(std::count(paths.begin(), paths.end(), "class0/3.png") == 0);
}

TEST_CASE("features come in data-set order whatever the batch", "[features]") {
  const tiny::Folder folder("features");
  draw_square(folder / "set", 2, 5);
  const Dataset data = open_dataset(folder / "set");
  Bench bench;
  FeatureConfig config{.batch_size = 3, .resize_size = 0, .crop_size = 32};
  const FeatureBank threes = extract_features(data, bench.pixels, config, "", bench.context);
  config.batch_size = 128;
  const FeatureBank whole = extract_features(data, bench.pixels, config, "", bench.context);
  REQUIRE(threes.features.equal(whole.features));
  REQUIRE(threes.labels == std::vector<int64_t>{0, 0, 0, 0, 0, 1, 1, 1, 1, 1});
  REQUIRE(threes.ids[7] == "class1/2.png");
  std::vector<float> expected(3 * 32 * 32);
  normalize(decode_image(data.path(7)), expected.data());
  REQUIRE(std::equal(expected.begin(), expected.end(), threes.features[7].const_data_ptr<float>()));
}

}  // namespace knn_test
}  // namespace dinobench
