// DINO: self-distillation without labels (Caron et al. 2021). Parity: dino.md 3, 5 and 6.
#include <ATen/ATen.h>

#include <cmath>

#include "core/error.hpp"
#include "core/schedule.hpp"
#include "methods/dino_loss.hpp"
#include "methods/dino_options.hpp"
#include "methods/feature_rank.hpp"
#include "methods/method.hpp"
#include "methods/multi_crop_network.hpp"
#include "methods/rank_sums.hpp"
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
  at::Tensor center() override { return center_; }

 private:
  at::Tensor teacher_logits(const StepBatch& batch, const RowAddresses& rows, const Progress& at,
                            std::map<std::string, double>& series);
  void update_teacher(const Progress& at);

  DinoOptions config_;
  uint64_t seed_;
  Communicator& comm_;
  Stopwatch idle_;
  Stopwatch& stopwatch_;
  std::shared_ptr<MultiCropNetwork> student_, teacher_;
  at::Tensor center_;      // [1, K]
  at::Tensor logits_sum_;  // [1, K], of this step's teacher rows on this rank
  int64_t logits_rows_ = 0;
};

Dino::Dino(const MethodInputs& inputs, const DinoOptions& config)
    : config_(config),
      seed_(inputs.seed),
      comm_(inputs.comm),
      stopwatch_(inputs.stopwatch != nullptr ? *inputs.stopwatch : idle_) {
  require(inputs.backbone.has_weights, "backbone '{}' has no weights that dino could train",
          inputs.backbone.name);
  BackboneConfig student_config = inputs.backbone_config;
  student_config.image_size = config.crops.global_crops_size;
  BackboneConfig teacher_config = student_config;
  teacher_config.drop_path_rate = 0;

  // This order of construction is the reference's: it decides the initial weights.
  const auto student_backbone = inputs.backbone.make(student_config);
  const auto teacher_backbone = inputs.backbone.make(teacher_config);
  DinoHeadShape head{.in = student_backbone->embed_dim(), .out = config.out_dim};
  head.hidden = config.head_hidden_dim;
  head.bottleneck = config.head_bottleneck_dim;
  head.layers = config.head_nlayers;
  head.batch_norm = config.use_bn_in_head;
  head.norm_last_layer = config.norm_last_layer;
  student_ = std::make_shared<MultiCropNetwork>(student_backbone, std::make_shared<DinoHead>(head));
  head.norm_last_layer = true;
  teacher_ = std::make_shared<MultiCropNetwork>(teacher_backbone, std::make_shared<DinoHead>(head));

  load_state(state_of(*teacher_), state_of(*student_), "the student");
  for (auto& [name, tensor] : parameters_of(*teacher_)) tensor.set_requires_grad(false);
  for (MultiCropNetwork* network : {student_.get(), teacher_.get()}) {
    synchronise_batch_norm(*network, rank_sums(comm_));
  }
  center_ = at::zeros({1, config.out_dim});
}

at::Tensor Dino::loss(const StepBatch& batch, const Progress& at,
                      std::map<std::string, double>& series) {
  const int64_t views = static_cast<int64_t>(batch.views.size());
  require(views >= 2, "dino got {} views, expected two global ones and any number of local ones",
          views);
  const RowAddresses rows = view_rows(seed_, at.step, batch.samples, views);
  const TeacherTargets targets =
      teacher_targets(teacher_logits(batch, rows, at, series), center_, teacher_temperature(at));
  at::Tensor logits;
  {
    const auto timed = stopwatch_.section("student");
    logits = student_->forward(batch.views, rows);
  }
  const auto timed = stopwatch_.section("loss");
  const at::Tensor value =
      dino_cross_entropy(logits, targets.probabilities, config_.student_temperature);

  // Each teacher view stands in V - 1 pairs: the mean cross-entropy less the mean entropy is KL.
  // One copy to the host for both.
  const at::Tensor numbers = at::stack({targets.entropy, value.detach()}).to(at::kCPU, at::kDouble);
  const double entropy = numbers[0].item<double>();
  series["teacher_entropy"] = entropy;
  series["kl"] = numbers[1].item<double>() - entropy;
  average_over_ranks(series, comm_);
  return value;
}

/// Notes the sum of its rows for the centre: the step's targets are centred by the one before it.
at::Tensor Dino::teacher_logits(const StepBatch& batch, const RowAddresses& rows,
                                const Progress& at, std::map<std::string, double>& series) {
  const auto timed = stopwatch_.section("teacher");
  const at::NoGradGuard no_grad;
  const at::Tensor features = teacher_->features({batch.views[0], batch.views[1]}, rows);
  series["feature_rank"] = feature_rank(features, at.step, comm_);
  at::Tensor logits = teacher_->project(features);
  const at::Tensor sum = sum_of_rows(logits);
  logits_sum_ = logits_rows_ == 0 ? sum : logits_sum_ + sum;
  logits_rows_ += logits.size(0);
  return logits;
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
  return cosine_schedule(config_.momentum_teacher, 1, at.epochs, at.steps_per_epoch, 0, 0, at.step);
}

double Dino::teacher_temperature(const Progress& at) const {
  const int64_t warmup = config_.warmup_teacher_temperature_epochs;
  if (at.epoch() >= warmup) return config_.teacher_temperature;
  return linspace_value(config_.warmup_teacher_temperature, config_.teacher_temperature, warmup,
                        at.epoch());
}

void Dino::after_step(const Progress& at) {
  if (logits_rows_ > 0) {
    const auto timed = stopwatch_.section("centre");
    update_center(center_, logits_sum_, logits_rows_, config_.center_momentum, comm_);
    logits_rows_ = 0;
  }
  const auto timed = stopwatch_.section("teacher update");
  update_teacher(at);
}

void Dino::update_teacher(const Progress& at) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> teacher, student;  // parameters only: buffers are the teacher's own
  for (const auto& [name, tensor] : parameters_of(*teacher_)) teacher.push_back(tensor);
  for (const auto& [name, tensor] : parameters()) student.push_back(tensor);
  const double m = momentum(at);
  at::_foreach_mul_(teacher, m);
  at::_foreach_add_(teacher, student, 1 - m);
}

void Dino::train(bool on) {
  student_->train(on);
  teacher_->train(on);  // the reference never puts its teacher into eval mode
}

void Dino::to(c10::Device device, c10::ScalarType dtype) {
  move_module(*student_, device, dtype);
  move_module(*teacher_, device, dtype);
  center_ = center_.to(device, dtype);
}

std::shared_ptr<Backbone> Dino::frozen_backbone() {
  teacher_->backbone()->eval();
  return teacher_->backbone();
}

std::vector<CheckpointPart> Dino::checkpoint_parts() {
  return {{"student", with_prefix(state_of(*student_), "module.")},
          {"teacher", state_of(*teacher_)},
          {"dino_loss", {{"center", center_}}}};
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
                  .make = make});

}  // namespace dino
}  // namespace dinobench
