// The training loop: one step after another, whatever the method.
#include "train/trainer.hpp"

#include <ATen/core/Tensor.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cmath>
#include <span>

#include "comm/gradient_buckets.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/schedule.hpp"
#include "train/agreement.hpp"
#include "train/journal.hpp"
#include "train/mixed_precision.hpp"
#include "train/norms.hpp"
#include "train/saver.hpp"
#include "train/training_run.hpp"

namespace dinobench {
namespace trainer {
namespace {

using Clock = std::chrono::steady_clock;

/// This step's schedules; the method fills in its own.
std::map<std::string, double> schedule_values(const TrainingRun& run) {
  const TrainConfig& config = run.config;
  const Progress& at = run.at;
  const double peak = config.lr * static_cast<double>(run.global_batch()) / 256;
  return {{"step", static_cast<double>(at.step)},
          {"epoch", static_cast<double>(at.epoch())},
          {"learning_rate", cosine_schedule(peak, config.min_lr, at.epochs, at.steps_per_epoch,
                                            config.warmup_epochs, 0, at.step)},
          {"weight_decay", cosine_schedule(config.weight_decay, config.weight_decay_end, at.epochs,
                                           at.steps_per_epoch, 0, 0, at.step)},
          {"momentum", run.method->momentum(at)},
          {"teacher_temperature", run.method->teacher_temperature(at)}};
}

/// Says where it happened, on every rank alike: the ranks with a non-finite loss of their own are
/// named with their samples.
[[noreturn]] void stop_at_bad_loss(TrainingRun& run, double mine, const StepBatch& batch,
                                   const BatchSource& source) {
  std::string own;
  if (!std::isfinite(mine)) {
    std::vector<std::string> names;
    for (const int64_t sample : batch.samples) names.push_back(source.name_of(sample));
    const size_t shown = std::min<size_t>(names.size(), 4);
    own = fmt::format(" rank {}: loss {}, samples {}{};", run.context.comm.rank(), mine,
                      fmt::join(names.begin(), names.begin() + static_cast<int64_t>(shown), ", "),
                      names.size() > shown ? " ..." : "");
  }
  std::string all;
  for (const auto& text : run.context.comm.all_gather(std::as_bytes(std::span(own)))) {
    all.append(reinterpret_cast<const char*>(text.data()), text.size());
  }
  const auto checkpoint = run.file("checkpoint.pth");
  fail_run("the loss is not finite at step {};{} the last good checkpoint: {}", run.at.step, all,
           std::filesystem::exists(checkpoint) ? checkpoint.string() : "none yet");
}

/// Mean over ranks; does not return unless it is finite.
double checked_mean_loss(TrainingRun& run, const at::Tensor& loss, const StepBatch& batch,
                         const BatchSource& source) {
  const double mine = loss.item<double>();
  double sum = mine;
  run.context.comm.all_reduce_sum(std::span(&sum, 1));
  if (!std::isfinite(sum)) stop_at_bad_loss(run, mine, batch, source);
  return sum / run.context.comm.size();
}

/// From averaged gradients to new weights: unscale, clip, drop what is frozen, step, teacher. A
/// step that overflowed is skipped, but the teacher moves (dino.md 6.4).
void update(TrainingRun& run, std::map<std::string, double>& values) {
  const auto absent = [&](const std::string& name) { return run.method->frozen(name, run.at); };
  const bool finite = unscale_gradients(run, absent, values);
  if (run.config.log_norms) add_gradient_norms(*run.method, absent, values);
  clip_gradients(run.trainable(), run.config.clip_grad);
  if (finite) run.optimizer->step(values["learning_rate"], values["weight_decay"], absent);
  run.scaler->update();
  run.method->after_step(run.at);
  if (run.config.log_norms) add_parameter_norms(*run.method, values);
}

void loop(TrainingRun& run) {
  RunContext& context = run.context;
  GradientBuckets gradients(run.trainable(), context.comm);
  const auto source = open_source(run);
  Saver saver(run);
  ProgressLine line(context.console, "train", run.stop, "img", run.at.step);
  while (run.at.step < run.stop) {
    const auto started = Clock::now();
    const StepBatch batch = source->next();
    auto values = schedule_values(run);
    gradients.zero();
    const at::Tensor loss = mixed_precision_loss(run, batch, values);
    values["loss"] = checked_mean_loss(run, loss, batch, *source);
    run.scaler->scale(loss).backward();
    gradients.finish();
    update(run, values);
    const std::chrono::duration<double> seconds = Clock::now() - started;
    values["images_per_second"] = static_cast<double>(run.global_batch()) / seconds.count();
    append_step(context.record, values);
    ++run.at.step;
    line.advance(1, run.global_batch(), fmt::format("loss {:.4f}", values["loss"]));
    saver.after_step();
  }
  int64_t skipped = source->skipped();
  context.comm.all_reduce_sum(std::span(&skipped, 1));
  context.record.attributes["skipped_images"] = skipped;
}

void announce(const TrainingRun& run) {
  const TrainConfig& config = run.config;
  run.context.console.line(fmt::format(
      "{} with {}: {}, {} images a step on {} rank{}, steps {} to {} of {} ({} epochs of {})",
      config.method, config.arch,
      run.data ? fmt::format("{} images", run.data->size()) : "recorded views", run.global_batch(),
      run.context.comm.size(), run.context.comm.size() == 1 ? "" : "s", run.at.step, run.stop,
      run.at.total_steps(), run.at.epochs, run.at.steps_per_epoch));
}

std::string weights_digest(const Backbone& backbone) {
  std::string bytes;
  for (const auto& [name, tensor] : state_of(backbone)) {
    const at::Tensor host = tensor.detach().cpu().contiguous();
    bytes.append(static_cast<const char*>(host.const_data_ptr()), host.nbytes());
  }
  return sha256_hex(std::as_bytes(std::span(bytes)));
}

}  // namespace
}  // namespace trainer

Trainer::Trainer(TrainConfig config, Options& options)
    : config_(std::move(config)), options_(options) {
  Methods::find(config_.method).describe(options_);
}

Trainer::~Trainer() = default;

TrainResult Trainer::run(RunContext& context) {
  TrainingRun run = open_training(config_, options_, context);
  TrainResult result;
  result.arch = config_.arch;
  result.already_finished = run.finished;
  require_equal_on_ranks(run.weights(), context.comm, "at the start");
  if (!run.finished) {
    if (run.at.step < run.stop) {
      trainer::announce(run);
      trainer::loop(run);
    } else if (!std::filesystem::exists(run.file("checkpoint.pth"))) {
      Saver(run).save();  // nothing to train, or --max_steps 0: the initial weights
    }
  }
  result.backbone = run.method->frozen_backbone();
  result.classifier = run.method->classifier();
  context.record.attributes["weights_sha256"] = trainer::weights_digest(*result.backbone);
  return result;
}

}  // namespace dinobench
