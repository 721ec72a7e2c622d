// The training loop: one step after another, whatever the method.
#include "train/trainer.hpp"

#include <ATen/core/Tensor.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cmath>
#include <optional>
#include <span>

#include "comm/gradient_buckets.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/schedule.hpp"
#include "core/stop_signals.hpp"
#include "train/agreement.hpp"
#include "train/collapse_watch.hpp"
#include "train/device_training.hpp"
#include "train/journal.hpp"
#include "train/mixed_precision.hpp"
#include "train/norms.hpp"
#include "train/saver.hpp"
#include "train/step_profile.hpp"
#include "train/step_vote.hpp"
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

/// What a step took in and what came of it, on this rank.
struct StepResult {
  double loss = 0;                   // mean over the parts
  std::vector<int64_t> bad_samples;  // of the parts whose loss is not finite
};

/// What steps are taken with.
struct Steps {
  explicit Steps(TrainingRun& run)
      : gradients(run.trainable(), run.context.comm),
        device(DeviceTraining::open(run, gradients)) {}
  GradientBuckets gradients;
  std::unique_ptr<DeviceTraining> device;  // null: the plain step
};

/// Says where it happened, on every rank alike: the ranks with a non-finite loss of their own are
/// named with their samples.
[[noreturn]] void stop_at_bad_loss(TrainingRun& run, const StepResult& mine,
                                   const BatchSource& source) {
  std::string own;
  if (!mine.bad_samples.empty()) {
    std::vector<std::string> names;
    for (const int64_t sample : mine.bad_samples) names.push_back(source.name_of(sample));
    const size_t shown = std::min<size_t>(names.size(), 4);
    own = fmt::format(" rank {}: loss {}, samples {}{};", run.context.comm.rank(), mine.loss,
                      fmt::join(names.begin(), names.begin() + static_cast<int64_t>(shown), ", "),
                      names.size() > shown ? " ..." : "");
  }
  std::string all;
  for (const auto& text : run.context.comm.all_gather(std::as_bytes(std::span(own)))) {
    all.append(reinterpret_cast<const char*>(text.data()), text.size());
  }
  const auto checkpoint = run.file(checkpoint_name);
  fail_run("the loss is not finite at step {};{} the last good checkpoint: {}", run.at.step, all,
           std::filesystem::exists(checkpoint) ? checkpoint.string() : "none yet");
}

/// Forward and backward of one part of the step's batch; its loss, still on the device.
at::Tensor run_part(TrainingRun& run, const StepBatch& batch,
                    std::map<std::string, double>& series) {
  at::Tensor loss;
  {
    const auto timed = run.stopwatch.section("forward");
    loss = mixed_precision_loss(run, batch, series);
  }
  const auto timed = run.stopwatch.section("backward");
  const int64_t parts = run.config.accumulate_steps;
  run.scaler->scale(parts > 1 ? loss / static_cast<double>(parts) : loss).backward();
  return loss.detach();
}

/// All parts of a step: gradients summed up, the method's series averaged.
StepResult run_parts(TrainingRun& run, GradientBuckets& gradients, BatchSource& source,
                     std::map<std::string, double>& values) {
  const int64_t parts = run.config.accumulate_steps;
  gradients.zero();
  StepResult result;
  for (int64_t part = 0; part < parts; ++part) {
    const StepBatch batch = [&] {
      const auto timed = run.stopwatch.section("wait for data");
      return source.next();
    }();
    gradients.hold(part + 1 < parts);
    std::map<std::string, double> series;
    const double loss = run_part(run, batch, series).item<double>();
    result.loss += loss / static_cast<double>(parts);
    if (!std::isfinite(loss)) {
      result.bad_samples.insert(result.bad_samples.end(), batch.samples.begin(),
                                batch.samples.end());
    }
    for (const auto& [name, value] : series) values[name] += value / static_cast<double>(parts);
  }
  const auto timed = run.stopwatch.section("all-reduce");
  gradients.finish();
  return result;
}

/// From averaged gradients to new weights: unscale, clip, drop what is frozen, step, teacher. A
/// step that overflowed is skipped, but the teacher moves (dino.md 6.4).
void update(TrainingRun& run, std::map<std::string, double>& values) {
  const auto absent = [&](const std::string& name) { return run.method->frozen(name, run.at); };
  const bool finite = unscale_gradients(run, absent, values);
  if (run.config.log_norms) add_gradient_norms(*run.method, absent, values);
  {
    const auto timed = run.stopwatch.section("clip");
    clip_gradients(run.trainable(), run.config.clip_grad);
  }
  if (finite) {
    const auto timed = run.stopwatch.section("optimizer");
    run.optimizer->step(values["learning_rate"], values["weight_decay"], absent);
  }
  run.scaler->update();
  run.method->after_step(run.at);
  if (run.config.log_norms) add_parameter_norms(*run.method, values);
}

/// A collapse is said when it begins and kept in the record; ranks that drift apart end the run.
void watch(TrainingRun& run) {
  RunRecord& record = run.context.record;
  const std::string verdict = collapse_verdict(record, run.method->uniform_entropy());
  if (!verdict.empty() && record.text("collapse").empty())
    run.context.console.warn(fmt::format("step {}: {}", run.at.step, verdict));
  record.attributes["collapse"] = verdict;
  const int64_t every = run.config.check_ranks_every;
  if (every > 0 && run.at.step % every == 0 && run.context.comm.size() > 1)
    require_equal_on_ranks(run.weights(), run.context.comm, fmt::format("at step {}", run.at.step));
}

/// All ranks leave together: a launcher kills those that are left as soon as one is gone, and rank
/// 0 may still be writing.
[[noreturn]] void stop_as_told(const TrainingRun& run, int signal) {
  run.context.comm.barrier();
  throw Error(
      fmt::format("stopped by {} after step {} of {}: {} is written, the same command goes "
                  "on from there",
                  signal_name(signal), run.at.step, run.stop, run.file(checkpoint_name).string()),
      Failure::stopped, signal);
}

/// The whole step on the device; the weights are new when it is voted on.
StepResult run_on_device(TrainingRun& run, DeviceTraining& device, BatchSource& source,
                         Saver& saver, std::map<std::string, double>& values) {
  const StepBatch batch = [&] {
    const auto timed = run.stopwatch.section("wait for data");
    return source.next();
  }();
  saver.before_update();
  const double loss = device.step(batch, values);
  return {loss, std::isfinite(loss) ? std::vector<int64_t>() : batch.samples};
}

/// One step; returns what the ranks agreed on.
StepVote take_step(TrainingRun& run, Steps& steps, BatchSource& source, Saver& saver,
                   const StopSignals& signals) {
  const auto started = Clock::now();
  auto values = schedule_values(run);
  const StepResult result = steps.device ? run_on_device(run, *steps.device, source, saver, values)
                                         : run_parts(run, steps.gradients, source, values);
  const StepVote vote =
      counted({result.loss, signals.pending(), saver.ask_clock()}, run.context.comm);
  if (!std::isfinite(vote.loss)) {
    saver.finish();  // the ranks part there; the file that is named must be whole
    stop_at_bad_loss(run, result, source);
  }
  values["loss"] = vote.loss;
  if (!steps.device) {
    saver.before_update();
    update(run, values);
  }
  const std::chrono::duration<double> seconds = Clock::now() - started;
  values["images_per_second"] = static_cast<double>(run.global_batch()) / seconds.count();
  hold_last(run.context.record, "feature_rank", values);
  append_step(run.context.record, values);
  ++run.at.step;
  return vote;
}

void loop(TrainingRun& run) {
  RunContext& context = run.context;
  Steps steps(run);
  const auto source = open_source(run);
  std::optional<StepProfile> profile;
  if (run.stopwatch.on()) profile.emplace(run.stopwatch, context);
  const StopSignals signals;
  Saver saver(run);
  const int64_t first = run.at.step;
  ProgressLine line(context.console, "train", run.stop, "img", run.at.step);
  while (run.at.step < run.stop) {
    const StepVote vote = take_step(run, steps, *source, saver, signals);
    watch(run);
    line.advance(1, run.global_batch(), fmt::format("loss {:.4f}", vote.loss));
    saver.after_step(vote.clock, vote.signal != 0);
    if (vote.signal != 0 && run.at.step < run.stop) stop_as_told(run, vote.signal);
  }
  int64_t skipped = source->skipped();
  context.comm.all_reduce_sum(std::span(&skipped, 1));
  context.record.attributes["skipped_images"] = skipped;
  if (profile) context.console.line(profile->report(run.at.step - first, source->times()));
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
  const auto opened = open_training(config_, options_, context);
  TrainingRun& run = *opened;
  TrainResult result;
  result.arch = config_.arch;
  result.already_finished = run.finished;
  require_equal_on_ranks(run.weights(), context.comm, "at the start");
  if (!run.finished) {
    if (run.at.step < run.stop) {
      trainer::announce(run);
      trainer::loop(run);
    } else if (!std::filesystem::exists(run.file(checkpoint_name))) {
      Saver(run).save();  // nothing to train, or --max_steps 0: the initial weights
    }
  }
  result.backbone = run.method->frozen_backbone();
  result.classifier = run.method->classifier();
  context.record.attributes["weights_sha256"] = trainer::weights_digest(*result.backbone);
  return result;
}

}  // namespace dinobench
