// Whole training runs by the kernels against the plain step.
#include <cmath>

#include "backbones/kernel_call.hpp"
#include "methods/method.hpp"
#include "tests/gpu/gpu_test.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace device_training_test {

struct Drawn {
  tiny::Folder folder{"device_training"};
  Drawn() { tiny::draw(folder / "images", 2, 8); }
  tiny::Words words(const std::string& output, const tiny::Words& more = {}) const {
    return tiny::dino_words(
        tiny::merged({"--data_path", folder / "images", "--output_dir", folder / output}, more));
  }
};

tiny::Outcome train(const tiny::Words& words, c10::Device device, Precision precision,
                    bool kernels = true) {
  tiny::Setting setting;
  setting.device = device, setting.precision = precision;
  use_kernels(kernels);
  tiny::Outcome out = tiny::train(words, setting);
  use_kernels(true);
  return out;
}

double furthest(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}

TEST_CASE("training by kernels is the plain training, the last layer frozen or not") {
  const Drawn drawn;
  gpu_test::on_kernel_device_once([&](c10::Device device) {
    const auto fused = train(drawn.words("fused"), device, Precision::fp32);
    const auto plain = train(drawn.words("plain"), device, Precision::fp32, false);
    for (const char* name : {"loss", "teacher_entropy", "kl"}) {
      INFO(name);
      CHECK(furthest(fused.record.train.at(name), plain.record.train.at(name)) < 1e-4);
    }
    CHECK(fused.record.train.size() == plain.record.train.size());
    const auto got = state_of(*fused.result.backbone), wanted = state_of(*plain.result.backbone);
    for (size_t i = 0; i < wanted.size(); ++i) {
      INFO(wanted[i].first);
      CHECK(gpu_test::close(got[i].second, wanted[i].second, 1e-4, 1e-5));
    }
    std::filesystem::remove_all(drawn.folder / "fused");
    std::filesystem::remove_all(drawn.folder / "plain");
  });
}

TEST_CASE("in bfloat16 it stays with autocast's training") {
  const Drawn drawn;
  gpu_test::on_kernel_device_once([&](c10::Device device) {
    const auto fused = train(drawn.words("fused"), device, Precision::bf16);
    const auto plain = train(drawn.words("plain"), device, Precision::bf16, false);
    CHECK(furthest(fused.record.train.at("loss"), plain.record.train.at("loss")) < 0.05);
    std::filesystem::remove_all(drawn.folder / "fused");
    std::filesystem::remove_all(drawn.folder / "plain");
  });
}

TEST_CASE("a run by kernels that was stopped goes on to the same bits") {
  const Drawn drawn;
  gpu_test::on_kernel_device_once([&](c10::Device device) {
    for (const Precision precision : {Precision::fp32, Precision::bf16}) {
      const auto whole = train(drawn.words("whole"), device, precision);
      train(drawn.words("parts", {"--max_steps", "5"}), device, precision);
      const auto parts = train(drawn.words("parts"), device, precision);
      CHECK(furthest(parts.record.train.at("loss"), whole.record.train.at("loss")) == 0);
      CHECK(parts.record.text("weights_sha256") == whole.record.text("weights_sha256"));
      std::filesystem::remove_all(drawn.folder / "whole");
      std::filesystem::remove_all(drawn.folder / "parts");
    }
  });
}

}  // namespace device_training_test
}  // namespace dinobench
