// DINO as a method: four golden training steps (dino.md A.4), freezing, EMA, names, options.
#include "tests/test.hpp"
// Torch and Catch first, then ours.
#include "backbones/vit.hpp"
#include "core/error.hpp"
#include "methods/method.hpp"
#include "tests/backbones/portable_fill.hpp"
#include "tests/methods/plain_adamw.hpp"

namespace dinobench {
namespace dino_tests {

const BackboneEntry little_vit{
    .name = "little_vit",
    .summary = "dim 24, depth 2, 3 heads",
    .source = "dino.md A.4",
    .make = [](const BackboneConfig& config) -> std::shared_ptr<Backbone> {
      return std::make_shared<VisionTransformer>(VitShape{24, 2, 3}, config);
    },
    .uses_patch_size = true};

const std::vector<std::string> little_options{
    "--out_dim",           "16", "--head_hidden_dim",  "32", "--head_bottleneck_dim", "8",
    "--global_crops_size", "32", "--local_crops_size", "16", "--local_crops_number",  "2"};

struct Built {
  std::unique_ptr<Communicator> comm = make_self_communicator();
  std::unique_ptr<Method> method;
};

Built build(std::vector<std::string> more, const BackboneEntry& entry = little_vit,
            int64_t epochs = 5) {
  Built built;
  std::vector<std::string> words = little_options;
  words.insert(words.end(), more.begin(), more.end());
  Options options(words);
  BackboneConfig config;
  config.patch_size = 8;
  built.method = Methods::find("dino").make(
      {.backbone = entry, .backbone_config = config, .epochs = epochs, .comm = *built.comm},
      options);
  options.finish();
  return built;
}

StepBatch golden_batch(int64_t step) {
  StepBatch batch;
  batch.samples = {0, 1};
  for (int64_t view = 0; view < 4; ++view) {
    const int64_t side = view < 2 ? 32 : 16;
    batch.views.push_back(
        portable::values(static_cast<uint32_t>(4000 + 10 * step + view), {2, 3, side, side}, 2)
            .to(at::kFloat)
            .to(at::kDouble));
  }
  return batch;
}

double norm_of(const NamedTensors& tensors, const std::string& name) {
  for (const auto& [seen, tensor] : tensors)
    if (seen == name) return tensor.norm().item<double>();
  throw Error("no tensor " + name);
}

struct GoldenStep {
  double loss, qkv, positions, weight_v, weight_g, bias, teacher_positions, center;
  int64_t clipped;
  std::vector<double> gradients;
};

const std::vector<GoldenStep> golden_steps{{0.6925900093,
                                            1.217209368,
                                            0.5855337236,
                                            0.3074440058,
                                            4,
                                            0.08772426178,
                                            0.5846764153,
                                            0.1493649,
                                            29,
                                            {0.3599791, 0.3600169, 0.05622732}},
                                           {0.5842147538,
                                            1.224955518,
                                            0.5883808651,
                                            0.3074440058,
                                            4,
                                            0.08993149008,
                                            0.5848423697,
                                            0.28390432,
                                            19,
                                            {0.09980516, 0.09981382, 0.01376525}},
                                           {0.4933948736,
                                            1.238485076,
                                            0.5948463614,
                                            0.3118366493,
                                            4.00225456,
                                            0.09234773158,
                                            0.5852801255,
                                            0.40526793,
                                            14,
                                            {0.03274222, 0.03274474, 0.004059081}},
                                           {0.3601505429,
                                            1.257978097,
                                            0.6010205545,
                                            0.319879199,
                                            4.007284027,
                                            0.0959212135,
                                            0.5859787437,
                                            0.51657351,
                                            13,
                                            {0.02711358, 0.02711501, 0.003187971}}};

TEST_CASE("four training steps equal the reference's") {
  // The momentum stays at 0.9 to the last digit over so long a schedule.
  Built built = build({"--norm_last_layer", "false", "--momentum_teacher", "0.9"});
  Method& method = *built.method;
  NamedTensors student = method.checkpoint_parts()[0].tensors;
  REQUIRE(student.size() == 38);
  portable::fill(student, 3000);
  for (auto& [name, tensor] : student) name = name.substr(std::string("module.").size());
  load_state(method.checkpoint_parts()[1].tensors, student, "student");
  method.to(at::kCPU, at::kDouble);
  method.train(true);
  PlainAdamW optimizer;
  for (int64_t s = 0; s < 4; ++s) {
    const Progress at{.step = s, .steps_per_epoch = 2, .epochs = 500'000'000};
    const GoldenStep& want = golden_steps[static_cast<size_t>(s)];
    for (const auto& [name, tensor] : method.trainable()) tensor.mutable_grad().reset();
    std::map<std::string, double> series;
    const at::Tensor loss = method.loss(golden_batch(s), at, series);
    REQUIRE(loss.item<double>() == Approx(want.loss).epsilon(1e-9));
    REQUIRE(series.at("kl") + series.at("teacher_entropy") == Approx(want.loss).epsilon(1e-9));
    loss.backward();
    const NamedTensors trainable = method.trainable();
    for (size_t i = 0; i < 3; ++i)
      REQUIRE(trainable[i].second.grad().norm().item<double>() ==
              Approx(want.gradients[i]).epsilon(5e-7));
    REQUIRE(clip_each(trainable, 0.02) == want.clipped);
    optimizer.step(method, at, 0.001 * static_cast<double>(s + 1),
                   0.04 + 0.01 * static_cast<double>(s));
    method.after_step(at);
    const auto close = [](double seen, double wanted) {
      REQUIRE(seen == Approx(wanted).epsilon(2e-9));
    };
    close(norm_of(trainable, "backbone.blocks.0.attn.qkv.weight"), want.qkv);
    close(norm_of(trainable, "backbone.pos_embed"), want.positions);
    close(norm_of(trainable, "head.last_layer.weight_v"), want.weight_v);
    close(norm_of(trainable, "head.last_layer.weight_g"), want.weight_g);
    close(norm_of(trainable, "head.mlp.4.bias"), want.bias);
    close(norm_of(method.teacher_parameters(), "backbone.pos_embed"), want.teacher_positions);
    REQUIRE(method.center().norm().item<double>() == Approx(want.center).epsilon(2e-7));
  }
}

TEST_CASE("the teacher starts as the student, without gradients") {
  Built built = build({});
  const auto parts = built.method->checkpoint_parts();
  REQUIRE(parts.size() == 3);
  REQUIRE(parts[2].key == "dino_loss");
  REQUIRE(parts[2].tensors[0].first == "center");
  REQUIRE(parts[2].tensors[0].second.sizes() == at::IntArrayRef({1, 16}));
  REQUIRE(parts[0].tensors.size() == parts[1].tensors.size());
  for (size_t i = 0; i < parts[0].tensors.size(); ++i) {
    REQUIRE(parts[0].tensors[i].first == "module." + parts[1].tensors[i].first);
    REQUIRE(at::equal(parts[0].tensors[i].second, parts[1].tensors[i].second));
    REQUIRE_FALSE(parts[1].tensors[i].second.requires_grad());
  }
  // 38 parameters, of which weight_g is held at 1.
  REQUIRE(built.method->parameters().size() == 38);
  REQUIRE(built.method->trainable().size() == 37);
  REQUIRE(build({"--norm_last_layer", "false"}).method->trainable().size() == 38);
}

TEST_CASE("only the last layer is frozen, and only in the first epochs") {
  Built built = build({"--freeze_last_layer", "2"});
  const Progress before{.step = 7, .steps_per_epoch = 4, .epochs = 5};
  const Progress after{.step = 8, .steps_per_epoch = 4, .epochs = 5};
  REQUIRE(built.method->frozen("head.last_layer.weight_v", before));
  REQUIRE_FALSE(built.method->frozen("head.last_layer.weight_v", after));
  REQUIRE_FALSE(built.method->frozen("head.mlp.4.weight", before));
}

TEST_CASE("the teacher's temperature warms up by epoch and its momentum by step") {
  Built built = build({"--warmup_teacher_temp", "0.04", "--teacher_temp", "0.07",
                       "--warmup_teacher_temp_epochs", "3", "--momentum_teacher", "0.2"});
  const auto at = [](int64_t step) {
    return Progress{.step = step, .steps_per_epoch = 3, .epochs = 5};
  };
  const std::vector<double> wanted{0.04, 0.055, 0.07, 0.07, 0.07};
  for (int64_t step = 0; step < 15; ++step)
    REQUIRE(built.method->teacher_temperature(at(step)) ==
            Approx(wanted[static_cast<size_t>(step / 3)]).epsilon(1e-15));
  const Progress last{.step = 4, .steps_per_epoch = 3, .epochs = 2};
  REQUIRE(built.method->momentum(last) == Approx(.8).epsilon(1e-15));
}

TEST_CASE("the EMA reaches parameters, never buffers") {
  Built built = build({"--use_bn_in_head", "true", "--momentum_teacher", "0.75"});
  Method& method = *built.method;
  const at::NoGradGuard no_grad;
  const auto parts = method.checkpoint_parts();
  for (const auto& [name, tensor] : parts[0].tensors)
    if (tensor.is_floating_point()) tensor.add_(1);
  NamedTensors before;
  for (const auto& [name, tensor] : parts[1].tensors) before.emplace_back(name, tensor.clone());
  method.after_step({.step = 0, .steps_per_epoch = 1, .epochs = 5});
  const NamedTensors after = method.checkpoint_parts()[1].tensors;
  for (size_t i = 0; i < after.size(); ++i) {
    const std::string& name = after[i].first;
    const bool buffer =
        name.find("running") != std::string::npos || name.find("num_batches") != std::string::npos;
    const double moved = buffer ? 0 : 0.25;
    REQUIRE(at::allclose(after[i].second.to(at::kDouble), before[i].second.to(at::kDouble) + moved,
                         1e-6, 1e-6));
  }
}

TEST_CASE("views of one size in a row share a pass: grouping changes no row") {
  Built built = build({});
  Method& method = *built.method;
  method.to(at::kCPU, at::kDouble);
  StepBatch batch = golden_batch(0);
  const Progress at{.step = 0, .steps_per_epoch = 1, .epochs = 5};
  std::map<std::string, double> first, second;
  const double one = method.loss(batch, at, first).item<double>();
  method.center().zero_();
  // An order that breaks the run of equal widths needs more passes, and gives the same mean.
  batch.views.push_back(batch.views[2].clone());
  batch.views.push_back(batch.views[0].clone());
  batch.views.push_back(batch.views[3].clone());
  REQUIRE(std::isfinite(method.loss(batch, at, second).item<double>()));
  REQUIRE(first.at("teacher_entropy") == Approx(second.at("teacher_entropy")).epsilon(1e-12));
  REQUIRE(one > 0);
}

TEST_CASE("DINO refuses what cannot be trained") {
  REQUIRE_THROWS_AS(build({"--warmup_teacher_temp_epochs", "6"}), Error);
  REQUIRE_THROWS_AS(build({"--student_temp", "0"}), Error);
  REQUIRE_THROWS_AS(build({"--momentum_teacher", "1.5"}), Error);
  REQUIRE_THROWS_AS(build({}, Backbones::find("pixels")), Error);
}

TEST_CASE("random_init is the DINO student's first network") {
  const auto comm = make_self_communicator();
  const auto make = [&](const char* method) {
    at::manual_seed(11);
    Options options(little_options);
    BackboneConfig config;
    config.patch_size = 8;
    return Methods::find(method).make(
        {.backbone = little_vit, .backbone_config = config, .comm = *comm}, options);
  };
  const auto untrained = make("random_init"), dino = make("dino");
  REQUIRE(untrained->trainable().empty());
  const NamedTensors own = untrained->checkpoint_parts()[0].tensors;
  const NamedTensors student = dino->checkpoint_parts()[0].tensors;
  REQUIRE(own.size() == 30);
  for (size_t i = 0; i < own.size(); ++i) {
    REQUIRE(own[i].first == student[i].first);
    REQUIRE(at::equal(own[i].second, student[i].second));
  }
}

}  // namespace dino_tests
}  // namespace dinobench
