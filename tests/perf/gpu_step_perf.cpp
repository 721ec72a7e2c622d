// A whole DINO step on one GPU, with the crops there already: student, teacher, loss, backward,
// clip, AdamW and the teacher's update. Beside tests/perf/rivals/gpu_step.py.
#include <chrono>

#include "tests/perf/resident_run.hpp"

namespace dinobench::gpu_step_perf {
namespace {

/// Seconds a step: the mean of `timed` steps after `skipped`, in which caches fill.
perf::Measured step_time(const tiny::Words& words, int64_t batch, c10::Device device, int skipped,
                         int timed) {
  perf::ResidentRun run(words, batch, device, Precision::bf16);
  for (int i = 0; i < skipped; ++i) run.step();
  wait_for(device);
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < timed; ++i) run.step();
  wait_for(device);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  return {.seconds = seconds.count() / timed, .gpu_bytes = peak_gpu_bytes(device.str())};
}

int add_step(const char* name, const char* arch, int64_t batch) {
  return perf::add_measured(name, [=]() -> perf::Measured {
    if (const std::string why = perf::without_gpu(); !why.empty()) return {.skipped = why};
    prepare_cuda(/*deterministic=*/false);
    return step_time({"--arch", arch, "--patch_size", "16", "--out_dim", "65536"}, batch,
                     perf::kGpu, 10, 40);
  });
}

[[maybe_unused]] const int steps[] = {
    add_step("gpu_step_small", "vit_small", 64), add_step("gpu_step_small_16", "vit_small", 16),
    add_step("gpu_step_base", "vit_base", 64),
    // The same lines on the CPU, in a second: what the GPU's cases do not rot without one.
    perf::add_measured("resident_step_trial", [] {
      return step_time(tiny::dino_words({}), 4, c10::Device(c10::DeviceType::CPU), 1, 3);
    })};

}  // namespace
}  // namespace dinobench::gpu_step_perf
