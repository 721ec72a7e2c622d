// Weight files of every kind that the program writes or meets, and those that do not fit.
#include "tools/frozen_model.hpp"

#include "comm/communicator.hpp"
#include "core/torch_file.hpp"
#include "tests/backbones/portable_fill.hpp"
#include "tests/test.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace frozen_model_test {

std::shared_ptr<Backbone> network(int64_t image_size) {
  return Backbones::find("vit_nano").make({.patch_size = 8, .image_size = image_size});
}

struct Bench {
  std::unique_ptr<Communicator> comm = make_self_communicator();
  Console console{false, true};
  RunRecord record;
  RunContext context{*comm, console, record};

  FrozenModel open(const tiny::Words& words) {
    Options options(words);
    ModelConfig config;
    read_options(options, config);
    options.finish();
    return open_model(config, context);
  }
};

void require_equal(const torch::nn::Module& a, const torch::nn::Module& b) {
  const NamedTensors left = state_of(a), right = state_of(b);
  REQUIRE(left.size() == right.size());
  for (size_t i = 0; i < left.size(); ++i) REQUIRE(left[i].second.equal(right[i].second));
}

TEST_CASE("weights load from a flat file and from a training checkpoint", "[weights]") {
  const tiny::Folder folder("weights");
  const auto teacher = network(48), student = network(48);
  portable::fill(state_of(*teacher), 10);
  portable::fill(state_of(*student), 900);
  save_torch_file(to_value(state_of(*teacher)), folder / "flat.pth");
  Value checkpoint = Value::dict();
  Value head = to_value(state_of(*teacher), "backbone.");
  head.set("head.mlp.0.weight", to_data(at::zeros({2, 3})));
  checkpoint.set("student", to_value(state_of(*student), "module.backbone."));
  checkpoint.set("teacher", head);
  checkpoint.set("epoch", int64_t{3});
  save_torch_file(checkpoint, folder / "checkpoint.pth");

  const tiny::Words arch{"--arch", "vit_nano", "--patch_size", "8", "--pretrained_weights"};
  const auto open = [&](const std::string& file, const tiny::Words& more = {}) {
    tiny::Words words = arch;
    words.push_back((folder / file).string());
    words.insert(words.end(), more.begin(), more.end());
    return Bench().open(words);
  };
  // 48 pixels: the position table's size comes from the file.
  require_equal(*open("flat.pth").backbone, *teacher);
  require_equal(*open("checkpoint.pth").backbone, *teacher);
  require_equal(*open("checkpoint.pth", {"--checkpoint_key", "student"}).backbone, *student);
  REQUIRE_FALSE(open("flat.pth").backbone->is_training());
  REQUIRE_THROWS_WITH(open("checkpoint.pth", {"--checkpoint_key", "teachr"}),
                      Catch::Contains("'teachr'") && Catch::Contains("student, teacher, epoch"));
}

TEST_CASE("weights of another network are refused by names and shapes", "[weights]") {
  const tiny::Folder folder("weights_bad");
  const std::string file = (folder / "nano.pth").string();
  save_torch_file(to_value(state_of(*network(32))), file);
  REQUIRE_THROWS_WITH(
      Bench().open({"--arch", "vit_micro", "--patch_size", "8", "--pretrained_weights", file}),
      Catch::Contains("missing") && Catch::Contains("blocks.4") && Catch::Contains("shape"));
  REQUIRE_THROWS_WITH(Bench().open({"--arch", "resnet18", "--pretrained_weights", file}),
                      Catch::Contains("conv1.weight") && Catch::Contains("unexpected"));
  REQUIRE_THROWS_WITH(Bench().open({"--arch", "pixels", "--pretrained_weights", file}),
                      Catch::Contains("no weights"));
}

TEST_CASE("random weights are those of the seed", "[weights]") {
  Bench bench;
  bench.context.seed = 7;
  const FrozenModel model = bench.open({"--arch", "vit_nano", "--global_crops_size", "32"});
  at::manual_seed(7);
  const auto expected = Backbones::find("vit_nano").make({.patch_size = 16, .image_size = 32});
  require_equal(*model.backbone, *expected);
  REQUIRE(bench.record.text("method") == "random_init");
}

}  // namespace frozen_model_test
}  // namespace dinobench
