// DINO's training steps on one batch that stays on its device: the trainer's without a loader.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <string>

#include "tests/perf/on_gpu.hpp"
#include "tests/train/tiny_run.hpp"
#include "train/device_training.hpp"
#include "train/mixed_precision.hpp"
#include "train/training_run.hpp"

namespace dinobench::perf {

/// A run of these options, with random crops of the method's views, [batch, 3, side, side] float32.
class ResidentRun {
 public:
  ResidentRun(const tiny::Words& words, int64_t batch, c10::Device device, Precision precision)
      : options_(prepared(words, batch, folder_)), context_{*comm_, console_, record_,
                                                            5,      device,   at::kFloat,
                                                            1,      precision} {
    read_options(options_, config_);
    Methods::find(config_.method).describe(options_);
    run_ = open_training(config_, options_, context_);
    options_.finish();
    gradients_ = std::make_unique<GradientBuckets>(run_->trainable(), *comm_);
    device_ = DeviceTraining::open(*run_, *gradients_);
    for (const View& view : run_->method->views())
      batch_.views.push_back(at::randn({batch, 3, view.height, view.width}).to(device));
    batch_.labels = at::full({batch}, -1, at::kLong).to(device);
    for (int64_t row = 0; row < batch; ++row) batch_.samples.push_back(row);
  }

  /// A step with fixed schedules, all that the trainer does to the weights. Returns the loss.
  double step() {
    TrainingRun& run = *run_;
    std::map<std::string, double> values{
        {"learning_rate", 1e-4}, {"weight_decay", 0.04}, {"momentum", 0.996}};
    const double loss = device_ ? device_->step(batch_, values) : plain_step(run, values);
    ++run.at.step;
    return loss;
  }

 private:
  double plain_step(TrainingRun& run, std::map<std::string, double>& values) {
    gradients_->zero();
    const at::Tensor loss = mixed_precision_loss(run, batch_, values);
    run.scaler->scale(loss).backward();
    gradients_->finish();
    const double seen = loss.item<double>();
    const auto absent = [&](const std::string& name) { return run.method->frozen(name, run.at); };
    const bool finite = unscale_gradients(run, absent, values);
    clip_gradients(run.trainable(), config_.clip_grad);
    if (finite) run.optimizer->step(values["learning_rate"], values["weight_decay"], absent);
    run.scaler->update();
    run.method->after_step(run.at);
    return seen;
  }

  /// A batch of pictures, since a run must have data; nobody reads them.
  static tiny::Words prepared(const tiny::Words& words, int64_t batch, const tiny::Folder& folder) {
    tiny::draw(folder / "images", 1, static_cast<uint64_t>(batch));
    return tiny::merged({"--data_path", folder / "images", "--output_dir", folder / "run",
                         "--batch_size_per_gpu", std::to_string(batch), "--steps_per_epoch", "1000",
                         "--warmup_epochs", "0", "--freeze_last_layer", "0"},
                        words);
  }

  tiny::Folder folder_{"resident_run"};
  std::unique_ptr<Communicator> comm_ = make_self_communicator();
  Console console_{false, true};
  RunRecord record_;
  Options options_;
  TrainConfig config_;
  RunContext context_;
  std::unique_ptr<TrainingRun> run_;
  std::unique_ptr<GradientBuckets> gradients_;
  std::unique_ptr<DeviceTraining> device_;  // null: the plain step
  StepBatch batch_;
};

}  // namespace dinobench::perf
