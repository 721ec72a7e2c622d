// Whole runs in bf16 and fp16: near the fp32 run, overflows skipped and recorded, resumed to the
// bit.
#include "tests/test.hpp"
// Torch before everything.
#include <cmath>

#include "core/torch_file.hpp"
#include "tests/devices.hpp"
#include "tests/train/tiny_run.hpp"
#include "tools/device.hpp"

namespace dinobench {
namespace mixed_precision_test {
namespace {

using tiny::Words;

struct Pictures {
  tiny::Folder folder{"mixed_precision"};
  Pictures() { tiny::draw(folder / "images", 2, 10); }

  Words to(const std::string& name, const Words& more = {}) const {
    return tiny::dino_words(tiny::merged(
        {"--data_path", (folder / "images").string(), "--output_dir", (folder / name).string()},
        more));
  }
  std::filesystem::path checkpoint(const std::string& name) const {
    return folder / name / "checkpoint.pth";
  }
};

tiny::Setting setting(Precision precision, c10::Device device) {
  tiny::Setting out;
  out.precision = precision;
  out.device = device;
  return out;
}

const std::vector<double>& series(const tiny::Outcome& run, const char* name) {
  return run.record.train.at(name);
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(a[i] - b[i]) / std::abs(b[i]));
  return largest;
}

/// The checkpoint with another loss scale.
void set_scale(const std::filesystem::path& path, double scale) {
  const Value old = load_torch_file(path);
  Value changed = Value::dict(), scaler = Value::dict();
  for (const auto& [key, value] : old.find("fp16_scaler")->as_dict())
    scaler.set(key, key.as_text() == "scale" ? Value(scale) : value);
  for (const auto& [key, value] : old.as_dict())
    changed.set(key, key.as_text() == "fp16_scaler" ? scaler : value);
  save_torch_file(changed, path);
}

bool same_part(const std::filesystem::path& a, const std::filesystem::path& b, const char* part) {
  const Value x = load_torch_file(a), y = load_torch_file(b);
  const ValueDict &left = x.find(part)->as_dict(), &right = y.find(part)->as_dict();
  for (size_t i = 0; i < left.size(); ++i)
    if (*left[i].second.as_tensor().bytes != *right[i].second.as_tensor().bytes) return false;
  return left.size() == right.size();
}

TEST_CASE("half-precision runs follow the fp32 run for ten steps, on every device",
          "[mixed_precision]") {
  const Pictures pictures;
  const Words ten{"--batch_size_per_gpu", "10", "--local_crops_number", "4", "--epochs", "5"};
  const tiny::Outcome exact = tiny::train(pictures.to("fp32", ten));
  for (const c10::Device device : test_devices()) {
    for (const Precision precision : {Precision::fp32, Precision::bf16, Precision::fp16}) {
      const std::string name = name_of(precision) + device.str();
      INFO(name);
      if (precision == Precision::fp16) {
        // A scale that fits from the start: a skipped step would be a real difference.
        tiny::train(pictures.to(name, tiny::merged(ten, {"--max_steps", "0"})),
                    setting(precision, device));
        set_scale(pictures.checkpoint(name), 256);
      }
      const tiny::Outcome run = tiny::train(pictures.to(name, ten), setting(precision, device));
      REQUIRE(series(run, "loss").size() == 10);
      const double difference = largest_difference(series(run, "loss"), series(exact, "loss"));
      REQUIRE(difference < (precision == Precision::fp32 ? 1e-3 : 1e-2));
      REQUIRE(run.record.train.contains("loss_scale") == (precision == Precision::fp16));
    }
  }
}

TEST_CASE("an overflow skips the step and halves the scale, while the teacher moves",
          "[mixed_precision]") {
  const Pictures pictures;
  const auto fp16 = setting(Precision::fp16, c10::Device(c10::DeviceType::CPU));
  const Words to_three = pictures.to("run", {"--max_steps", "3"});
  const tiny::Outcome before = tiny::train(to_three, fp16);
  REQUIRE(series(before, "loss_scale").front() == 65536);
  const auto skipped = [](const tiny::Outcome& run) {
    return std::get<int64_t>(run.record.attributes.at("steps_skipped"));
  };

  const double huge = std::ldexp(1.0, 60);
  set_scale(pictures.checkpoint("run"), huge);
  std::filesystem::copy(pictures.folder / "run", pictures.folder / "before",
                        std::filesystem::copy_options::recursive);
  const tiny::Outcome after = tiny::train(pictures.to("run", {"--max_steps", "5"}), fp16);
  const auto tail = [&](const char* name) {
    const std::vector<double>& all = series(after, name);
    REQUIRE(all.size() == 5);
    return std::vector<double>(all.begin() + 3, all.end());
  };
  REQUIRE(tail("loss_scale") == std::vector<double>{huge, huge / 2});
  REQUIRE(tail("step_skipped") == std::vector<double>{1, 1});
  REQUIRE(skipped(after) == skipped(before) + 2);
  for (const double loss : series(after, "loss")) REQUIRE(std::isfinite(loss));
  const auto one = pictures.checkpoint("before"), two = pictures.checkpoint("run");
  REQUIRE(same_part(one, two, "student"));
  REQUIRE_FALSE(same_part(one, two, "teacher"));
  REQUIRE(load_torch_file(two).find("fp16_scaler")->find("scale")->as_double() == huge / 4);
}

TEST_CASE("a half-precision run that was cut ends with the bits of the undisturbed one",
          "[mixed_precision]") {
  const Pictures pictures;
  const Precision precision = GENERATE(Precision::bf16, Precision::fp16);
  const auto half = setting(precision, c10::Device(c10::DeviceType::CPU));
  const tiny::Outcome whole = tiny::train(pictures.to("whole", {"--max_steps", "6"}), half);
  tiny::train(pictures.to("cut", {"--max_steps", "3"}), half);
  const tiny::Outcome resumed = tiny::train(pictures.to("cut", {"--max_steps", "6"}), half);
  REQUIRE(series(resumed, "loss") == series(whole, "loss"));
  for (const char* part : {"student", "teacher", "dino_loss"})
    REQUIRE(same_part(pictures.checkpoint("whole"), pictures.checkpoint("cut"), part));
  REQUIRE_THROWS_WITH(tiny::train(pictures.to("cut", {"--max_steps", "7"})),
                      Catch::Contains("--precision was " + name_of(precision) + ", is now fp32"));
}

TEST_CASE("--deterministic runs repeat and resume to the bit, on every device",
          "[mixed_precision]") {
  const Pictures pictures;
  prepare_cuda(/*deterministic=*/true);
  for (const c10::Device device : test_devices()) {
    INFO(device.str());
    const auto half = setting(Precision::bf16, device);
    const auto run = [&](const std::string& name, const char* steps) {
      return tiny::train(pictures.to(name + device.str(), {"--max_steps", steps}), half);
    };
    const tiny::Outcome one = run("one", "6"), two = run("two", "6");
    REQUIRE(series(one, "loss") == series(two, "loss"));
    REQUIRE(one.record.text("weights_sha256") == two.record.text("weights_sha256"));
    run("cut", "2");
    REQUIRE(run("cut", "6").record.text("weights_sha256") == one.record.text("weights_sha256"));
  }
  prepare_cuda(false);
}

}  // namespace
}  // namespace mixed_precision_test
}  // namespace dinobench
