// One training run, opened: data, method, optimiser, and where it stands.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "comm/gradient_buckets.hpp"
#include "comm/run_context.hpp"
#include "core/stopwatch.hpp"
#include "data/dataset.hpp"
#include "methods/method.hpp"
#include "train/batch_source.hpp"
#include "train/checkpoint.hpp"
#include "train/grad_scaler.hpp"
#include "train/optimizer.hpp"
#include "train/trainer.hpp"

namespace dinobench {

/// Everything the loop works on.
struct TrainingRun {
  TrainingRun(const TrainConfig& settings, RunContext& where);
  TrainingRun(const TrainingRun&) = delete;

  const TrainConfig& config;
  RunContext& context;
  Stopwatch stopwatch;          // before the method, which holds on to it
  std::optional<Dataset> data;  // none in replay mode, or when there is nothing to train
  std::optional<ReplayFacts> replay;
  std::unique_ptr<Method> method;
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<GradScaler> scaler;  // off unless the precision is fp16
  Progress at;
  int64_t stop = 0;  // the step before which the loop ends
  CheckpointFacts facts;
  bool finished = false;            // an earlier run came to `stop` and said so
  bool checkpoint_damaged = false;  // on disk; the one before it is the only whole one

  std::filesystem::path file(const char* name) const {
    return std::filesystem::path(config.output_dir) / name;
  }
  int64_t global_batch() const {
    return config.batch_size_per_gpu * context.comm.size() * config.accumulate_steps;
  }
  std::vector<at::Tensor> trainable() const;
  NamedTensors weights() const;  ///< parameters of student and teacher: equal on all ranks
};

/// Opens the data, seeds torch's generator and builds the method with it, then loads
/// output_dir/checkpoint.pth if there is one, else --init_from. Input Errors for settings that do
/// not fit the data or one another.
std::unique_ptr<TrainingRun> open_training(const TrainConfig& config, Options& options,
                                           RunContext& context);

/// The batches of the steps still to be done.
std::unique_ptr<BatchSource> open_source(TrainingRun& run);

}  // namespace dinobench
