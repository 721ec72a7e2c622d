// What a step needs from the run, and when it is captured.
#include "train/device_training.hpp"

#include <ATen/Functions.h>
#include <c10/util/Exception.h>

#include "backbones/device_copy.hpp"
#include "backbones/kernel_call.hpp"
#include "comm/device_reducer.hpp"

namespace dinobench {
namespace device_training {
namespace {

constexpr int64_t kStepsBeforeCapture = 2;

/// Sums over ranks can be part of a graph if nothing of them passes through the host.
bool can_capture(const TrainingRun& run) {
  const DeviceReducer* reducer = run.context.comm.device_reducer();
  const bool alone = run.context.comm.size() == 1;
  const bool nccl = reducer != nullptr && reducer->name().starts_with("nccl");
  return run.config.cuda_graph && !run.config.profile && (nccl || (alone && reducer == nullptr));
}

std::map<std::string, at::Tensor> by_name(const NamedTensors& tensors) {
  return {tensors.begin(), tensors.end()};
}

}  // namespace
}  // namespace device_training

std::unique_ptr<DeviceTraining> DeviceTraining::open(TrainingRun& run, GradientBuckets& gradients) {
  const TrainConfig& config = run.config;
  const bool plain = !has_kernels(run.context.device) || run.context.dtype != at::kFloat ||
                     config.optimizer != "adamw" || config.accumulate_steps != 1 ||
                     config.log_norms || run.scaler->on();
  if (plain) return nullptr;
  auto method = run.method->device_step(run.context.precision);
  if (!method) return nullptr;
  return std::unique_ptr<DeviceTraining>(new DeviceTraining(run, gradients, std::move(method)));
}

DeviceTraining::DeviceTraining(TrainingRun& run, GradientBuckets& gradients,
                               std::unique_ptr<DeviceStep> method)
    : run_(run), gradients_(gradients), method_(std::move(method)), update_(run.config.clip_grad) {
  const auto options = at::TensorOptions().device(run.context.device);
  schedule_ = at::zeros({3}, options.dtype(at::kDouble));
  if (device_training::can_capture(run)) graph_ = make_step_graph(run.context.device);
}

/// Parameters come and go with the epochs (--freeze_last_layer).
void DeviceTraining::choose_parameters() {
  std::set<std::string> absent;
  for (const auto& [name, parameter] : run_.method->parameters())
    if (run_.method->frozen(name, run_.at)) absent.insert(name);
  if (!entries_.empty() && absent == absent_) return;
  absent_ = std::move(absent);
  std::map<std::string, Optimizer::Part> parts;
  for (Optimizer::Part& part : run_.optimizer->taking_part(
           [this](const std::string& name) { return absent_.contains(name); }))
    parts.emplace(part.name, part);
  auto teachers = device_training::by_name(run_.method->teacher_parameters());
  entries_.clear();
  for (const auto& [name, parameter] : run_.method->parameters()) {
    FusedAdamWEntry entry;
    entry.parameter = parameter.detach();
    entry.teacher = teachers[name];
    if (method_->copies() != nullptr) entry.shadow = method_->copies()->of(parameter);
    if (method_->teacher_copies() != nullptr && entry.teacher.defined())
      entry.teacher_shadow = method_->teacher_copies()->of(entry.teacher);
    if (const auto found = parts.find(name); found != parts.end()) {
      const Optimizer::Part& part = found->second;
      entry.gradient = parameter.grad();
      entry.exp_avg = part.buffers[0], entry.exp_avg_sq = part.buffers[1];
      entry.step = part.count, entry.decayed = part.decayed;
    }
    entries_.push_back(std::move(entry));
  }
  alike_ = 0;
  if (graph_) graph_->forget();
}

void DeviceTraining::work() {
  Stopwatch& watch = run_.stopwatch;
  gradients_.zero();
  gradients_.hold(false);
  at::Tensor loss;
  {
    const auto timed = watch.section("forward");
    loss = method_->loss();
  }
  {
    const auto timed = watch.section("backward");
    loss.backward();
  }
  {
    const auto timed = watch.section("all-reduce");
    gradients_.finish();
    method_->after_backward();
  }
  const auto timed = watch.section("clip, optimizer, teacher EMA");
  update_.step(entries_, schedule_, {});
}

/// The work, by the means that this step has.
void DeviceTraining::take() {
  const auto all = [this] { work(); };
  if (!graph_) return work();
  if (!graph_->captured() && alike_ < device_training::kStepsBeforeCapture) return graph_->run(all);
  if (!graph_->captured()) {
    try {
      graph_->capture(all);
    } catch (const c10::Error& error) {
      run_.context.console.warn(
          fmt::format("the step cannot be captured as a CUDA graph and goes on without: {}",
                      error.what_without_backtrace()));
      graph_.reset();
      return work();
    }
  }
  graph_->replay();
}

double DeviceTraining::step(const StepBatch& batch, std::map<std::string, double>& values) {
  choose_parameters();
  method_->prepare(batch, run_.at);
  const at::Tensor schedule = at::tensor(
      {values["learning_rate"], values["weight_decay"], values["momentum"]}, at::kDouble);
  schedule_.copy_(upload(schedule, schedule_.device(), at::kDouble));
  take();
  ++alike_;
  run_.optimizer->note(values["learning_rate"], values["weight_decay"]);
  std::map<std::string, double> series;
  const double loss = method_->collect(run_.at, series);
  values.insert(series.begin(), series.end());
  return loss;
}

}  // namespace dinobench
