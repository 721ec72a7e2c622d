// What a CUDA graph needs of a step: that it asks for the same every time.
#include "methods/method.hpp"
#include "tests/gpu/gpu_test.hpp"
#include "tests/gpu/operations_of.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace step_trace_test {

StepBatch batch_of(int64_t step, c10::Device device) {
  StepBatch batch;
  batch.samples = {2 * step, 2 * step + 1};
  for (uint64_t view = 0; view < 4; ++view) {
    const int64_t side = view < 2 ? 32 : 16;
    batch.views.push_back(
        gpu_test::random({2, 3, side, side}, 10 * static_cast<uint64_t>(step) + view).to(device));
  }
  return batch;
}

TEST_CASE("every step asks the device for the same operations with the same constants") {
  gpu_test::on_kernel_device_once([](c10::Device device) {
    for (const Precision precision : {Precision::fp32, Precision::bf16}) {
      const auto comm = make_self_communicator();
      Options options(tiny::Words{
          "--out_dim", "64", "--head_hidden_dim", "32", "--head_bottleneck_dim", "16",
          "--global_crops_size", "32", "--local_crops_size", "16", "--local_crops_number", "2",
          "--warmup_teacher_temp", "0.02", "--warmup_teacher_temp_epochs", "3"});
      BackboneConfig config;
      config.patch_size = 8, config.drop_path_rate = 0.3;
      const MethodInputs inputs{
          .backbone = find_backbone("vit_nano"), .backbone_config = config, .comm = *comm};
      const auto method = Methods::find("dino").make(inputs, options);
      method->to(device, at::kFloat);
      method->train(true);
      const auto step = method->device_step(precision);
      REQUIRE(step != nullptr);
      std::vector<std::vector<std::string>> steps;
      for (int64_t i = 0; i < 3; ++i) {
        step->prepare(batch_of(i, device), {.step = i, .steps_per_epoch = 1, .epochs = 100});
        steps.push_back(operations_of([&] {
          step->loss().backward();
          step->after_backward();
        }));
      }
      REQUIRE(steps[1].size() > 100);
      REQUIRE(steps[1].size() == steps[2].size());
      for (size_t i = 0; i < steps[1].size(); ++i) REQUIRE(steps[1][i] == steps[2][i]);
      for (const std::string& line : steps[2])
        CHECK(!(line.starts_with("aten::item") || line.starts_with("aten::_local_scalar")));
    }
  });
}

}  // namespace step_trace_test
}  // namespace dinobench
