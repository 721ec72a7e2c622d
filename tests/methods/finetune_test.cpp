// Supervised training that starts from the weights of a file.
#include "tests/test.hpp"
// Torch and Catch first, then ours.
#include <unistd.h>

#include <filesystem>

#include "core/error.hpp"
#include "core/torch_file.hpp"
#include "methods/method.hpp"
#include "tests/backbones/portable_fill.hpp"

namespace dinobench {
namespace finetune_tests {

struct Built {
  std::unique_ptr<Communicator> comm = make_self_communicator();
  std::unique_ptr<Method> method;
};

Built build(const std::vector<std::string>& words, const char* name = "finetune",
            const char* arch = "vit_nano") {
  Built built;
  std::vector<std::string> all{"--global_crops_size", "32"};
  all.insert(all.end(), words.begin(), words.end());
  Options options(all);
  BackboneConfig config;
  config.patch_size = 8;
  at::manual_seed(5);
  built.method = Methods::find(name).make({.backbone = find_backbone(arch),
                                           .backbone_config = config,
                                           .num_classes = 3,
                                           .seed = 5,
                                           .comm = *built.comm},
                                          options);
  options.finish();
  return built;
}

/// A checkpoint of a student and a teacher for images of `side` pixels, removed at the end.
struct File {
  explicit File(int64_t side) {
    student = network(side, 100);
    teacher = network(side, 900);
    Value file = Value::dict();
    file.set("student", to_value(state_of(*student), "module.backbone."));
    file.set("teacher", to_value(state_of(*teacher), "backbone."));
    save_torch_file(file, path);
  }
  ~File() { std::filesystem::remove(path); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  static std::shared_ptr<Backbone> network(int64_t side, uint32_t stream) {
    auto made = find_backbone("vit_nano").make({.patch_size = 8, .image_size = side});
    portable::fill(state_of(*made), stream);
    return made;
  }

  std::string path = (std::filesystem::temp_directory_path() /
                      ("dinobench_finetune_" + std::to_string(getpid()) + ".pth"))
                         .string();
  std::shared_ptr<Backbone> student, teacher;
};

/// "backbone.*" of the method's parameters are those of the network, to the bit.
void require_starts_as(Method& method, const Backbone& network) {
  const NamedTensors wanted = with_prefix(parameters_of(network), "backbone.");
  const NamedTensors seen = method.parameters();
  REQUIRE(seen.size() == wanted.size() + 2);
  for (size_t i = 0; i < wanted.size(); ++i) {
    INFO(wanted[i].first);
    REQUIRE(seen[i].first == wanted[i].first);
    REQUIRE(at::equal(seen[i].second, wanted[i].second));
    REQUIRE(seen[i].second.requires_grad());
  }
}

TEST_CASE("fine-tuning starts from the teacher of a checkpoint, or from what is asked for") {
  const File file(32);
  require_starts_as(*build({"--pretrained_weights", file.path}).method, *file.teacher);
  require_starts_as(
      *build({"--pretrained_weights", file.path, "--checkpoint_key", "student"}).method,
      *file.student);
}

TEST_CASE("the classifier is that of supervised training, drawn by the seed") {
  const File file(32);
  const Built tuned = build({"--pretrained_weights", file.path});
  const Built plain = build({}, "supervised"), untuned = build({});
  const NamedTensors wanted = plain.method->parameters();
  const NamedTensors without = untuned.method->parameters(), with = tuned.method->parameters();
  for (size_t i = 0; i < wanted.size(); ++i) {
    INFO(wanted[i].first);
    REQUIRE(at::equal(without[i].second, wanted[i].second));
    if (wanted[i].first.starts_with("head.")) REQUIRE(at::equal(with[i].second, wanted[i].second));
  }
}

TEST_CASE("crops of another size keep the position table of the file, and train") {
  const File file(48);
  const Built built = build({"--pretrained_weights", file.path});
  require_starts_as(*built.method, *file.teacher);
  REQUIRE(built.method->parameters()[1].first == "backbone.pos_embed");
  REQUIRE(built.method->parameters()[1].second.size(1) == 1 + 36);
  StepBatch batch;
  batch.views = {portable::values(70, {3, 3, 32, 32}, 2).to(at::kFloat)};
  batch.labels = at::arange(3);
  batch.samples = {0, 1, 2};
  std::map<std::string, double> series;
  built.method->loss(batch, {}, series).backward();
  REQUIRE(built.method->parameters()[1].second.grad().abs().sum().item<double>() > 0);
}

TEST_CASE("weights that do not fit are refused") {
  const File file(32);
  REQUIRE_THROWS_WITH(build({"--pretrained_weights", file.path}, "finetune", "vit_micro"),
                      Catch::Contains("--arch vit_nano"));
  REQUIRE_THROWS_WITH(build({"--pretrained_weights", file.path}, "finetune", "pixels"),
                      Catch::Contains("no weights"));
  REQUIRE_THROWS_AS(build({"--pretrained_weights", file.path + ".none"}), Error);
  REQUIRE_THROWS_WITH(build({"--pretrained_weights", file.path, "--checkpoint_key", "pupil"}),
                      Catch::Contains("'pupil'"));
}

}  // namespace finetune_tests
}  // namespace dinobench
