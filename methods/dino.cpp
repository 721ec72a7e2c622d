// DINO: self-distillation without labels (Caron et al. 2021). Parity: dino.md 3, 5 and 6.
#include <ATen/ATen.h>

#include <cmath>

#include "core/error.hpp"
#include "core/schedule.hpp"
#include "methods/dino_device_step.hpp"
#include "methods/dino_networks.hpp"
#include "methods/dino_objective.hpp"
#include "methods/feature_rank.hpp"
#include "methods/series.hpp"

namespace dinobench {
namespace dino {

class Dino : public Method {
 public:
  Dino(const MethodInputs& inputs, const DinoOptions& config);

  std::vector<View> views() const override { return multi_crop(config_.crops); }
  at::Tensor loss(const StepBatch& batch, const Progress& at,
                  std::map<std::string, double>& series) override;

  NamedTensors trainable() override;
  NamedTensors parameters() override { return parameters_of(*student_); }
  bool frozen(const std::string& name, const Progress& at) const override;
  void after_step(const Progress& at) override;
  double momentum(const Progress& at) const override;
  double teacher_temperature(const Progress& at) const override;
  double uniform_entropy() const override { return std::log(static_cast<double>(config_.out_dim)); }

  void train(bool on) override;
  void to(c10::Device device, c10::ScalarType dtype) override;
  std::shared_ptr<Backbone> frozen_backbone() override;
  std::vector<CheckpointPart> checkpoint_parts() override;
  NamedTensors teacher_parameters() override { return parameters_of(*teacher_); }
  at::Tensor center() override { return objective_.center(); }
  std::unique_ptr<DeviceStep> device_step(Precision precision) override;

 private:
  at::Tensor teacher_logits(const StepBatch& batch, const RowAddresses& rows, const Progress& at,
                            std::map<std::string, double>& series);

  DinoOptions config_;
  uint64_t seed_;
  Communicator& comm_;
  Stopwatch idle_;
  Stopwatch& stopwatch_;
  std::shared_ptr<MultiCropNetwork> student_, teacher_;
  DinoObjective objective_;
  TeacherFollower follower_;
};

Dino::Dino(const MethodInputs& inputs, const DinoOptions& config)
    : config_(config),
      seed_(inputs.seed),
      comm_(inputs.comm),
      stopwatch_(inputs.stopwatch != nullptr ? *inputs.stopwatch : idle_),
      objective_(config, inputs.comm) {
  const DinoNetworks networks = make_dino_networks(inputs, config);
  student_ = networks.student;
  teacher_ = networks.teacher;
  follower_ =
      TeacherFollower(config.teacher_update, parameters_of(*teacher_), parameters_of(*student_));
}

at::Tensor Dino::loss(const StepBatch& batch, const Progress& at,
                      std::map<std::string, double>& series) {
  const int64_t views = static_cast<int64_t>(batch.views.size());
  require(views >= 2, "dino got {} views, expected two global ones and any number of local ones",
          views);
  const RowAddresses rows = view_rows(seed_, at.step, batch.samples, views);
  follower_.before_step();
  const TeacherTargets targets =
      objective_.targets(teacher_logits(batch, rows, at, series), teacher_temperature(at));
  at::Tensor logits;
  {
    const auto timed = stopwatch_.section("student");
    logits = student_->forward(batch.views, rows);
  }
  const auto timed = stopwatch_.section("loss");
  const at::Tensor value = objective_.loss(logits, targets, series);
  average_over_ranks(series, comm_);
  return value;
}

at::Tensor Dino::teacher_logits(const StepBatch& batch, const RowAddresses& rows,
                                const Progress& at, std::map<std::string, double>& series) {
  const auto timed = stopwatch_.section("teacher");
  const at::NoGradGuard no_grad;
  const at::Tensor features = teacher_->features({batch.views[0], batch.views[1]}, rows);
  series["feature_rank"] = feature_rank(features, at.step, comm_);
  return teacher_->project(features);
}

NamedTensors Dino::trainable() {
  NamedTensors out;
  for (const auto& item : parameters())
    if (item.second.requires_grad()) out.push_back(item);
  return out;
}

bool Dino::frozen(const std::string& name, const Progress& at) const {
  return at.epoch() < config_.freeze_last_layer && name.find("last_layer") != std::string::npos;
}

double Dino::momentum(const Progress& at) const {
  if (config_.teacher_update != TeacherUpdate::momentum) return 0;
  return cosine_schedule(config_.momentum_teacher, 1, at.epochs, at.steps_per_epoch, 0, 0, at.step);
}

double Dino::teacher_temperature(const Progress& at) const {
  const int64_t warmup = config_.warmup_teacher_temperature_epochs;
  if (at.epoch() >= warmup) return config_.teacher_temperature;
  return linspace_value(config_.warmup_teacher_temperature, config_.teacher_temperature, warmup,
                        at.epoch());
}

void Dino::after_step(const Progress& at) {
  {
    const auto timed = stopwatch_.section("centre");
    objective_.after_step();
  }
  const auto timed = stopwatch_.section("teacher EMA");
  follower_.after_step(at, momentum(at));
}

void Dino::train(bool on) {
  student_->train(on);
  teacher_->train(on);  // the reference never puts its teacher into eval mode
}

void Dino::to(c10::Device device, c10::ScalarType dtype) {
  move_module(*student_, device, dtype);
  move_module(*teacher_, device, dtype);
  objective_.to(device, dtype);
}

std::shared_ptr<Backbone> Dino::frozen_backbone() {
  teacher_->backbone()->eval();
  return teacher_->backbone();
}

std::unique_ptr<DeviceStep> Dino::device_step(Precision precision) {
  const DinoDeviceParts parts{config_,   seed_,      comm_, *student_,
                              *teacher_, objective_, *this, stopwatch_};
  return has_device_step(parts, precision) ? make_dino_device_step(parts, precision) : nullptr;
}

std::vector<CheckpointPart> Dino::checkpoint_parts() {
  return {{"student", with_prefix(state_of(*student_), "module.")},
          {"teacher", state_of(*teacher_)},
          {"dino_loss", {{"center", objective_.center()}}}};
}

void describe(Options& options) {
  DinoOptions config;
  read_options(options, config);
}

std::unique_ptr<Method> make(const MethodInputs& inputs, Options& options) {
  DinoOptions config;
  read_options(options, config);
  check_options(config, inputs.epochs);
  return std::make_unique<Dino>(inputs, config);
}

[[maybe_unused]] const bool registered =
    Methods::add({.name = "dino",
                  .summary = "self-distillation between crops, momentum teacher, no labels",
                  .source = "Caron et al. 2021, arXiv 2104.14294",
                  .describe = describe,
                  .make = make,
                  .variants = {{"--teacher_update", "student_copy"},
                               {"--teacher_update", "previous_iteration"},
                               {"--teacher_update", "previous_epoch", "--center_momentum", "1"},
                               {"--centering", "sinkhorn_knopp"},
                               {"--centering", "softmax_batch"},
                               {"--centering", "none"},
                               {"--dino_loss", "mse"},
                               {"--predictor", "true", "--predictor_hidden_dim", "48"},
                               {"--predictor", "true", "--use_bn_in_head", "true"}}});

}  // namespace dino
}  // namespace dinobench
