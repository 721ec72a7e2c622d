// The linear evaluation as a whole, on small drawn pictures.
#include <ATen/ATen.h>

#include "backbones/state.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "tests/eval/linear_bench.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace linear_test {

using linear_bench::Bench;
using linear_bench::probe_bytes;
using linear_bench::real;
using linear_bench::whole;
namespace fs = std::filesystem;

struct Place {
  explicit Place(const std::string& name, uint64_t train = 7) : folder(name) {
    linear_bench::draw(folder / "data", train);
  }
  tiny::Folder folder;
  std::unique_ptr<Communicator> comm = make_self_communicator();
  fs::path data() const { return folder / "data"; }
  Bench bench() const { return {*comm}; }
};

TEST_CASE("a probe learns the colours, and its answers are on record", "[linear]") {
  const Place place("linear");
  const EvaluationRecord record =
      place.bench().run(place.data(), {"--epochs", "8", "--val_freq", "3"});
  REQUIRE(record.metrics.at("top1").n == 15);
  REQUIRE(record.metrics.at("top1").value > 80);
  REQUIRE(record.metrics.at("best_top1").value >= record.metrics.at("top1").value);
  REQUIRE(record.metrics.at("top5").value == 100);  // three classes
  REQUIRE(whole(record, "validated_epochs") == std::vector<int64_t>{0, 3, 6, 7});
  REQUIRE(real(record, "epoch_train_loss").size() == 8);
  REQUIRE(real(record, "epoch_train_loss").back() < real(record, "epoch_train_loss").front());
  REQUIRE(real(record, "epoch_learning_rate").front() == Approx(0.5 * 6 / 256));
  REQUIRE(record.raw.at("top5").shape == std::vector<int64_t>{15, 3});
  int hits = 0;
  for (size_t i = 0; i < 15; ++i)
    hits += whole(record, "predictions")[i] == whole(record, "labels")[i];
  REQUIRE(record.metrics.at("top1").value == Approx(100.0 * hits / 15));
  REQUIRE(real(record, "validated_top1").back() == Approx(100.0 * hits / 15));
  const auto best = std::get<int64_t>(record.attributes.at("best_epoch"));
  const auto& epochs = whole(record, "validated_epochs");
  const auto at = std::find(epochs.begin(), epochs.end(), best) - epochs.begin();
  REQUIRE(real(record, "validated_top1")[static_cast<size_t>(at)] ==
          Approx(record.metrics.at("best_top1").value));
}

TEST_CASE("a killed probe goes on to the same bits", "[linear]") {
  const Place place("linear_resume");
  const std::string whole_dir = (place.folder / "whole").string();
  const std::string killed_dir = (place.folder / "killed").string();
  const EvaluationRecord undisturbed = place.bench().run(place.data(), {"--output_dir", whole_dir});
  // 3 batches of validation images, then 4 steps an epoch: killed in the third epoch.
  Bench killed = place.bench();
  killed.network = std::make_shared<linear_bench::Failing>(killed.network, 3 + 2 * 4 + 2);
  REQUIRE_THROWS_WITH(killed.run(place.data(), {"--output_dir", killed_dir}), "killed");
  const EvaluationRecord resumed = place.bench().run(place.data(), {"--output_dir", killed_dir});
  REQUIRE(probe_bytes(whole_dir) == probe_bytes(killed_dir));
  REQUIRE(read_file(whole_dir + "/log.txt") == read_file(killed_dir + "/log.txt"));
  for (const char* name : {"epoch_train_loss", "validated_loss", "validated_top1"})
    REQUIRE(real(resumed, name) == real(undisturbed, name));
  for (const char* name : {"predictions", "best_predictions", "top5"})
    REQUIRE(whole(resumed, name) == whole(undisturbed, name));
  // A finished one is judged again without training.
  Bench finished = place.bench();
  finished.network = std::make_shared<linear_bench::Failing>(finished.network, 3);
  const EvaluationRecord again = finished.run(place.data(), {"--output_dir", killed_dir});
  REQUIRE(whole(again, "predictions") == whole(undisturbed, "predictions"));
  REQUIRE(again.metrics.at("best_top1").value == undisturbed.metrics.at("best_top1").value);
}

TEST_CASE("a checkpoint of other settings is refused by name", "[linear]") {
  const Place place("linear_settings");
  const std::string folder = (place.folder / "out").string();
  place.bench().run(place.data(), {"--output_dir", folder});
  REQUIRE_THROWS_WITH(place.bench().run(place.data(), {"--output_dir", folder, "--lr", "0.25"}),
                      Catch::Contains("--lr was 0.5, is now 0.25"));
  REQUIRE_THROWS_WITH(
      place.bench().run(place.data(), {"--output_dir", folder, "--train_crop", "center"}),
      Catch::Contains("--train_crop was random, is now center"));
  Value foreign = Value::dict({{"epoch", int64_t{3}}});
  save_torch_file(foreign, place.folder / "other/checkpoint.pth.tar");
  REQUIRE_THROWS_WITH(
      place.bench().run(place.data(), {"--output_dir", (place.folder / "other").string()}),
      Catch::Contains("no 'settings'"));
}

TEST_CASE("a sweep of one rate is the plain run on what is not held out", "[linear]") {
  const Place place("linear_sweep_one", 10);
  const std::string swept = (place.folder / "swept").string();
  const std::string plain = (place.folder / "plain").string();
  const EvaluationRecord sweep = place.bench().run(
      place.data(), {"--sweep", "0.5", "--sweep_holdout", "0.3", "--output_dir", swept});
  const auto& held = std::get<std::vector<std::string>>(sweep.raw.at("holdout_paths").values);
  REQUIRE(held.size() == 9);
  for (const std::string& path : held) fs::remove(place.data() / "train" / path);
  const EvaluationRecord alone = place.bench().run(place.data(), {"--output_dir", plain});
  REQUIRE(probe_bytes(swept) == probe_bytes(plain));
  REQUIRE(whole(sweep, "predictions") == whole(alone, "predictions"));
  REQUIRE(sweep.metrics.at("best_top1").value == alone.metrics.at("best_top1").value);
}

TEST_CASE("a sweep picks on held-out training images, whatever the validation set says",
          "[linear]") {
  const Place place("linear_sweep", 10);
  const auto words = [&](const std::string& out) {
    return tiny::Words{"--sweep",         "1e-6", "0.5",          "1e38",
                       "--sweep_holdout", "0.3",  "--output_dir", (place.folder / out).string()};
  };
  const EvaluationRecord record = place.bench().run(place.data(), words("first"));
  REQUIRE(std::get<double>(record.attributes.at("lr")) == 0.5);
  REQUIRE(real(record, "sweep_lr") == std::vector<double>{1e-6, 0.5, 1e38});
  const auto& shares = real(record, "sweep_holdout_top1");
  REQUIRE(shares[1] == record.metrics.at("holdout_top1").value);
  REQUIRE(shares[1] > shares[0]);
  REQUIRE(shares[2] == 0);  // diverged
  REQUIRE(record.metrics.at("holdout_top1").n == 9);
  // Labels of the validation images turned round: accuracy moves, the choice and the weights do
  // not.
  fs::rename(place.data() / "val/class0", place.data() / "val/aside");
  fs::rename(place.data() / "val/class1", place.data() / "val/class0");
  fs::rename(place.data() / "val/aside", place.data() / "val/class1");
  const EvaluationRecord turned = place.bench().run(place.data(), words("turned"));
  REQUIRE(std::get<double>(turned.attributes.at("lr")) == 0.5);
  REQUIRE(probe_bytes(place.folder / "turned") == probe_bytes(place.folder / "first"));
  REQUIRE(whole(turned, "sweep_predictions") == whole(record, "sweep_predictions"));
  REQUIRE(turned.metrics.at("top1").value < record.metrics.at("top1").value);
}

TEST_CASE("a rate that diverges ends the run", "[linear]") {
  const Place place("linear_diverge");
  try {
    place.bench().run(place.data(), {"--lr", "1e38"});
    FAIL("no error");
  } catch (const Error& error) {
    REQUIRE(error.exit_code() == 3);
    REQUIRE_THAT(error.what(), Catch::Contains("--lr 1e+38"));
  }
}

void save_weights(const fs::path& path, const at::Tensor& weight, const at::Tensor& bias) {
  const Value state = Value::dict(
      {{"module.linear.weight", to_data(weight)}, {"module.linear.bias", to_data(bias)}});
  save_torch_file(Value::dict({{"state_dict", state}}), path);
}

TEST_CASE("given linear weights are only judged", "[linear]") {
  const Place place("linear_released");
  fs::remove_all(place.data() / "train");  // not needed
  const std::string file = (place.folder / "linear.pth").string();
  save_weights(file, at::zeros({3, 192}), at::tensor({0.f, 1.f, 0.f}));
  const EvaluationRecord record =
      place.bench().run(place.data(), {"--evaluate", "--linear_weights", file});
  REQUIRE(record.metrics.at("top1").value == Approx(100.0 / 3));
  REQUIRE(whole(record, "predictions") == std::vector<int64_t>(15, 1));
  REQUIRE(record.metrics.count("best_top1") == 0);
  save_weights(file, at::zeros({3, 191}), at::zeros({3}));
  REQUIRE_THROWS_WITH(place.bench().run(place.data(), {"--linear_weights", file}),
                      Catch::Contains("191 numbers") && Catch::Contains("192"));
  save_weights(file, at::zeros({1000, 192}), at::zeros({1000}));
  REQUIRE_THROWS_WITH(place.bench().run(place.data(), {"--linear_weights", file}),
                      Catch::Contains("1000 classes"));
  save_torch_file(Value::dict({{"state_dict", Value::dict()}}), file);
  REQUIRE_THROWS_WITH(place.bench().run(place.data(), {"--linear_weights", file}),
                      Catch::Contains("module.linear.weight"));
}

TEST_CASE("a trained checkpoint judged again gives its last accuracy", "[linear]") {
  const Place place("linear_again");
  const std::string out = (place.folder / "out").string();
  const EvaluationRecord trained = place.bench().run(place.data(), {"--output_dir", out});
  const EvaluationRecord judged =
      place.bench().run(place.data(), {"--linear_weights", out + "/checkpoint.pth.tar"});
  REQUIRE(whole(judged, "top5") == whole(trained, "top5"));
}

TEST_CASE("the reference's 1000 labels are accepted, fewer than the classes are not", "[linear]") {
  const Place place("linear_labels");
  const EvaluationRecord record = place.bench().run(place.data(), {"--num_labels", "1000"});
  REQUIRE(record.raw.at("top5").shape == std::vector<int64_t>{15, 5});
  REQUIRE(std::get<int64_t>(record.attributes.at("labels")) == 1000);
  REQUIRE_THROWS_WITH(place.bench().run(place.data(), {"--num_labels", "2"}),
                      Catch::Contains("holds 3 classes"));
}

TEST_CASE("an unreadable training image is replaced and counted", "[linear]") {
  const Place place("linear_bad");
  fs::resize_file(place.data() / "train/class1/2.png", 40);
  REQUIRE_THROWS_WITH(place.bench().run(place.data()), Catch::Contains("class1/2.png"));
  const EvaluationRecord record = place.bench().run(place.data(), {"--on_bad_image", "skip"});
  REQUIRE(std::get<int64_t>(record.attributes.at("bad_images")) == 1);
}

TEST_CASE("bad linear options are named", "[linear]") {
  const Place place("linear_options");
  const auto refused = [&](const tiny::Words& words, const std::string& text) {
    REQUIRE_THROWS_WITH(place.bench().run(place.data(), words), Catch::Contains(text));
  };
  refused({"--avgpool_patchtokens", "true"}, "--n_last_blocks 1, got 4");
  refused({"--evaluate"}, "--linear_weights FILE");
  refused({"--sweep", "0.1", "0.1"}, "twice");
  refused({"--sweep", "0.1", "--sweep_holdout", "1"}, "--sweep_holdout 1");
  refused({"--lr", "0"}, "--lr 0");
  refused({"--epochs", "0"}, "--epochs 0");
  refused({"--val_freq", "0"}, "--val_freq 0");
  refused({"--n_last_blocks", "0"}, "--n_last_blocks 0");
}

}  // namespace linear_test
}  // namespace dinobench
