// Settings that do not fit are named in one line.
#include "tests/test.hpp"
// Torch before everything.
#include "core/error.hpp"
#include "core/torch_file.hpp"
#include "tests/train/tiny_run.hpp"
#include "train/checkpoint.hpp"

namespace dinobench {
namespace settings_test {
namespace {

using Catch::Contains;
using tiny::Words;

TEST_CASE("wrong settings of train are refused with what was seen") {
  tiny::Folder folder("settings");
  tiny::draw(folder / "images", 2, 3);
  tiny::draw(folder / "single", 1, 4);
  std::filesystem::create_directories(folder / "flat");
  for (uint64_t i = 0; i < 4; ++i) {
    write_png(tiny::picture(0, i), folder / ("flat/" + std::to_string(i) + ".png"));
  }
  const auto run = [&](const std::string& data, const Words& more, bool dino = true) {
    const Words all = tiny::merged(
        {"--data_path", (folder / data).string(), "--output_dir", (folder / "out").string()}, more);
    return tiny::train(dino ? tiny::dino_words(all) : tiny::words(all));
  };
  REQUIRE_THROWS_WITH(run("images", {"--batch_size_per_gpu", "8"}),
                      Contains("6 images cannot fill a batch of 8"));
  REQUIRE_THROWS_WITH(run("images", {"--arch", "vit_smal"}), Contains("vit_small"));
  REQUIRE_THROWS_WITH(run("images", {"--method", "dinno"}), Contains("dino"));
  REQUIRE_THROWS_WITH(run("images", {"--warmup_epochs", "4"}),
                      Contains("--warmup_epochs 4") && Contains("--epochs 3"));
  REQUIRE_THROWS_WITH(run("images", {"--patch_size", "20"}), Contains("patch"));
  REQUIRE_THROWS_WITH(run("images", {"--epochs", "0"}), Contains("--epochs 0"));
  REQUIRE_THROWS_WITH(run("images", {"--optimizer", "adam"}), Contains("adamw"));
  REQUIRE_THROWS_AS(run("nowhere", {}), Error);
  REQUIRE_THROWS_AS(run("single", {"--method", "supervised"}, false), Error);
  REQUIRE_THROWS_AS(run("flat", {"--method", "supervised"}, false), Error);
  REQUIRE_THROWS_AS(run("images", {"--no_such_option", "1"}), Error);
  REQUIRE_FALSE(std::filesystem::exists(folder / "out"));
  REQUIRE(run("flat", {"--max_steps", "1"}).record.train.at("loss").size() == 1);
}

TEST_CASE("random_init has no steps: it leaves a checkpoint and the frozen backbone") {
  tiny::Folder folder("untrained");
  const auto outcome = tiny::train(
      tiny::words({"--method", "random_init", "--output_dir", (folder / "out").string()}));
  REQUIRE(outcome.result.backbone->embed_dim() == 128);
  REQUIRE(outcome.record.train.empty());
  const Value file = load_torch_file(folder / "out/checkpoint.pth");
  REQUIRE(file.find("student") != nullptr);
  REQUIRE(file.find("step")->as_int() == 0);
}

TEST_CASE("arguments in a checkpoint are Python values") {
  const Value args = arguments_value({{"arch", "vit_nano"},
                                      {"epochs", "100"},
                                      {"lr", "0.0005"},
                                      {"norm_last_layer", "true"},
                                      {"global_crops_scale", "0.4 1"},
                                      {"data_path", "/a folder/x"}});
  REQUIRE(args.find("arch")->as_text() == "vit_nano");
  REQUIRE(std::get<int64_t>(args.find("epochs")->data) == 100);
  REQUIRE(std::get<double>(args.find("lr")->data) == 0.0005);
  REQUIRE(std::get<bool>(args.find("norm_last_layer")->data));
  REQUIRE(args.find("global_crops_scale")->as_list().size() == 2);
  REQUIRE(args.find("data_path")->as_text() == "/a folder/x");
}

TEST_CASE("supervised training learns three colours") {
  tiny::Folder folder("colours");
  tiny::draw(folder / "images", 3, 8);
  const auto outcome = tiny::train(tiny::words(
      {"--method", "supervised", "--data_path", (folder / "images").string(), "--output_dir",
       (folder / "out").string(), "--epochs", "10", "--lr", "0.1", "--batch_size_per_gpu", "8"}));
  const auto& loss = outcome.record.train.at("loss");
  REQUIRE(loss.size() == 30);
  REQUIRE(loss.front() == Approx(std::log(3.0)).epsilon(0.1));
  REQUIRE(loss.back() < 0.5 * loss.front());
}

}  // namespace
}  // namespace settings_test
}  // namespace dinobench
