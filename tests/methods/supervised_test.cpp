// Cross-entropy with labels: value, accuracy, learning, refusals.
#include "tests/test.hpp"
// Torch and Catch first, then ours.
#include "core/error.hpp"
#include "methods/method.hpp"
#include "tests/backbones/portable_fill.hpp"
#include "tests/methods/plain_adamw.hpp"

namespace dinobench {
namespace supervised_tests {

struct Built {
  std::unique_ptr<Communicator> comm = make_self_communicator();
  std::unique_ptr<Method> method;
};

Built build(const char* arch, std::vector<std::string> words, int64_t classes = 3) {
  Built built;
  Options options(words);
  BackboneConfig config;
  config.patch_size = 8;
  built.method = Methods::find("supervised")
                     .make({.backbone = find_backbone(arch),
                            .backbone_config = config,
                            .num_classes = classes,
                            .comm = *built.comm},
                           options);
  options.finish();
  return built;
}

StepBatch batch_of(int64_t rows) {
  StepBatch batch;
  batch.views = {portable::values(70, {rows, 3, 32, 32}, 2).to(at::kFloat)};
  batch.labels = at::arange(rows).remainder(3);
  for (int64_t i = 0; i < rows; ++i) batch.samples.push_back(i);
  return batch;
}

TEST_CASE("label smoothing spreads its share of the mass over all classes") {
  const StepBatch batch = batch_of(6);
  const auto loss_with = [&](const char* smoothing) {
    at::manual_seed(5);
    Built built = build("vit_nano", {"--global_crops_size", "32", "--label_smoothing", smoothing});
    std::map<std::string, double> series;
    const double loss = built.method->loss(batch, {}, series).item<double>();
    REQUIRE(series.at("train_top1") >= 0);
    REQUIRE(series.at("train_top1") <= 100);
    return loss;
  };
  // Linear in the smoothing: the value at 0.3 lies between those at 0 and 0.6.
  REQUIRE(loss_with("0.3") == Approx((loss_with("0") + loss_with("0.6")) / 2).epsilon(1e-5));
}

TEST_CASE("every supervised backbone learns a fixed batch by heart") {
  for (const char* arch : {"vit_nano", "resnet18", "pixels"}) {
    at::manual_seed(5);
    Built built = build(arch, {"--global_crops_size", "32"});
    Method& method = *built.method;
    method.train(true);
    PlainAdamW optimizer;
    const StepBatch batch = batch_of(6);
    std::map<std::string, double> series;
    double first = 0, last = 0;
    for (int64_t step = 0; step < 12; ++step) {
      const Progress at{.step = step, .steps_per_epoch = 1, .epochs = 12};
      for (const auto& [name, tensor] : method.trainable()) tensor.mutable_grad().reset();
      const at::Tensor loss = method.loss(batch, at, series);
      loss.backward();
      for (const auto& [name, tensor] : method.trainable())
        REQUIRE((tensor.grad().defined() && at::isfinite(tensor.grad()).all().item<bool>()));
      optimizer.step(method, at, 0.001, 0);
      (step == 0 ? first : last) = loss.item<double>();
    }
    INFO(arch << " from " << first << " to " << last);
    REQUIRE(last < 0.5 * first);
    REQUIRE(method.frozen_backbone()->is_training() == false);
  }
}

TEST_CASE("supervised checkpoints carry module, backbone and head in their names") {
  Built built = build("vit_nano", {"--global_crops_size", "32"}, 7);
  const auto parts = built.method->checkpoint_parts();
  REQUIRE(parts.size() == 1);
  REQUIRE(parts[0].key == "student");
  REQUIRE(parts[0].tensors.front().first == "module.backbone.cls_token");
  REQUIRE(parts[0].tensors.back().first == "module.head.bias");
  REQUIRE(parts[0].tensors.back().second.numel() == 7);
  REQUIRE(built.method->trainable()[0].first == "backbone.cls_token");
  REQUIRE(built.method->views().size() == 1);
  REQUIRE(built.method->views()[0].width == 32);
}

TEST_CASE("supervised training refuses too few classes and labels out of range") {
  REQUIRE_THROWS_AS(build("vit_nano", {"--global_crops_size", "32"}, 1), Error);
  REQUIRE_THROWS_AS(build("vit_nano", {"--label_smoothing", "1"}), Error);
  REQUIRE_THROWS_AS(build("vit_nano", {"--interpolation", "lanczos"}), Error);
  Built built = build("vit_nano", {"--global_crops_size", "32"});
  StepBatch batch = batch_of(4);
  std::map<std::string, double> series;
  batch.labels = batch.labels + 1;
  REQUIRE_THROWS_AS(built.method->loss(batch, {}, series), Error);
  batch.labels = at::full({4}, -1, at::kLong);
  REQUIRE_THROWS_AS(built.method->loss(batch, {}, series), Error);
}

TEST_CASE("DINO's options are accepted by the others and recorded as unused") {
  Options options({"--out_dim", "64", "--norm_last_layer", "false", "--crop_scale", "0.4", "1"});
  Methods::find("supervised").describe(options);
  REQUIRE(options.finish().size() == 2);
  REQUIRE(options.used().at("out_dim").find("unused") == 0);
}

}  // namespace supervised_tests
}  // namespace dinobench
