// Feature extraction on every device and in every precision.
#include "tests/test.hpp"
// Torch before everything.
#include "eval/features.hpp"
#include "eval/neighbours.hpp"
#include "tests/devices.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace features_test {
namespace {

FeatureBank extract(const Dataset& data, c10::Device device, Precision precision) {
  Console console(false, true);
  RunRecord record;
  const auto comm = make_self_communicator();
  RunContext context{*comm, console, record};
  context.device = device;
  context.precision = precision;
  at::manual_seed(4);
  const FrozenModel model{Backbones::find("vit_nano").make({.patch_size = 8, .image_size = 32}),
                          "vit_nano"};
  move_module(*model.backbone, device, at::kFloat);
  return extract_features(data, model, {.batch_size = 3, .resize_size = 28, .crop_size = 24}, "",
                          context);
}

TEST_CASE("features of every device are the CPU's to 1e-4, with the same neighbours") {
  const tiny::Folder folder("features");
  tiny::draw(folder / "set", 3, 5);
  const Dataset data = open_dataset(folder / "set");
  const FeatureBank want = extract(data, c10::Device(c10::DeviceType::CPU), Precision::fp32);
  const at::Tensor rows = unit_rows(want.features);
  const Neighbours near = nearest(rows, rows, 4);
  for (const c10::Device device : test_devices()) {
    INFO(device.str());
    const FeatureBank exact = extract(data, device, Precision::fp32);
    REQUIRE(exact.features.device().is_cpu());
    REQUIRE(exact.ids == want.ids);
    const double size = want.features.norm().item<double>();
    REQUIRE((exact.features - want.features).norm().item<double>() < 1e-4 * size);
    const at::Tensor mine = unit_rows(exact.features);
    REQUIRE(nearest(mine, mine, 4).index == near.index);
    for (const Precision half : {Precision::bf16, Precision::fp16}) {
      const FeatureBank rough = extract(data, device, half);
      REQUIRE(rough.features.scalar_type() == at::kFloat);
      const double difference = (rough.features - want.features).norm().item<double>() / size;
      REQUIRE(difference > 1e-7);
      REQUIRE(difference < 2e-2);
    }
  }
}

}  // namespace
}  // namespace features_test
}  // namespace dinobench
