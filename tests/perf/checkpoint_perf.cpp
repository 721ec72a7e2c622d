// Saving vit_small/16 with out_dim 65536 (704 MB): a plain save against what a step waits for one
// that is written behind. In turn, on one run: a step, a plain save, a step, a save written behind
// with a step of batch 4 beside it, and one with a step of no length.
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>

#include "tests/test.hpp"
#include "tests/train/opened_run.hpp"
#include "train/saver.hpp"

namespace dinobench::perf {
namespace {

constexpr int kRounds = 5;

tiny::Words words(const tiny::Folder& folder) {
  tiny::draw(folder / "images", 1, 8);
  return {"--data_path",
          (folder / "images").string(),
          "--output_dir",
          (folder / "run").string(),
          "--arch",
          "vit_small",
          "--out_dim",
          "65536",
          "--batch_size_per_gpu",
          "4",
          "--warmup_epochs",
          "0",
          "--epochs",
          "1"};
}

StepBatch noise(const Method& method, int64_t rows) {
  StepBatch out;
  for (const View& view : method.views())
    out.views.push_back(at::rand({rows, 3, view.height, view.width}));
  out.labels = at::zeros({rows}, at::kLong);
  out.samples.resize(static_cast<size_t>(rows));
  return out;
}

template <class Work>
double seconds(const Work& work) {
  const auto begun = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

class Rounds {
 public:
  Rounds() {
    update();
    for (int round = 0; round < kRounds; ++round) {
      alone.push_back(seconds([&] { forward_backward(); }));
      update();
      plain.push_back(seconds([&] { saver_.save(); }));
      const double begun = seconds([&] { saver_.save_behind(); });
      beside.push_back(seconds([&] { forward_backward(); }));
      stall.push_back(begun + seconds([&] { saver_.before_update(); }));
      update();
      saver_.finish();
      short_stall.push_back(seconds([&] {
        saver_.save_behind();
        saver_.before_update();
      }));
      update();
      saver_.finish();
    }
  }

  std::vector<double> alone, beside, plain, stall, short_stall;

 private:
  void forward_backward() {
    std::map<std::string, double> series;
    gradients_.zero();
    run_.method->loss(batch_, run_.at, series).backward();
    gradients_.finish();
  }
  void update() {
    run_.optimizer->step(1e-4, 0.04, [](const std::string&) { return false; });
    run_.method->after_step(run_.at);
  }

  tiny::Folder folder_{"checkpoint_perf"};
  tiny::Opened opened_{words(folder_)};
  TrainingRun& run_ = *opened_.run;
  GradientBuckets gradients_{run_.trainable(), run_.context.comm};
  StepBatch batch_ = noise(*run_.method, 4);
  Saver saver_{run_};
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// All of them are measured when the first is asked for.
const Rounds& rounds() {
  at::set_num_threads(1);
  static const Rounds measured;
  return measured;
}

/// The median of one column, and what share of the plain save's it is.
int add_column(const char* name, std::vector<double> Rounds::*column) {
  benchmark::RegisterBenchmark(name,
                               [column](benchmark::State& state) {
                                 const double value = median(rounds().*column);
                                 for (auto _ : state) state.SetIterationTime(value);
                                 state.counters["percent_of_plain"] =
                                     100 * value / median(rounds().plain);
                               })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
  return 0;
}

[[maybe_unused]] const int columns[] = {
    add_column("checkpoint_plain_save", &Rounds::plain),
    add_column("checkpoint_stall", &Rounds::stall),
    add_column("checkpoint_stall_without_step", &Rounds::short_stall),
    add_column("checkpoint_step_alone", &Rounds::alone),
    add_column("checkpoint_step_beside", &Rounds::beside)};

}  // namespace
}  // namespace dinobench::perf
