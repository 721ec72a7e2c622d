// Fixed addresses for views, scales and the teacher's temperature; the rest is the networks' and
// the loss kernels'.
#include "methods/dino_device_step.hpp"

#include <ATen/ATen.h>

#include "backbones/device_copy.hpp"
#include "backbones/norm_kernel.hpp"
#include "core/error.hpp"
#include "methods/dino_loss_kernel.hpp"
#include "methods/feature_rank.hpp"
#include "methods/fused_dino_loss.hpp"
#include "methods/series.hpp"

namespace dinobench {
namespace dino_device_step {
namespace {

class DinoStep final : public DeviceStep {
 public:
  DinoStep(const DinoDeviceParts& parts, Precision precision)
      : parts_(parts),
        device_(parts.objective.center().device()),
        half_(precision == Precision::bf16) {
    if (!half_) return;
    student_copies_ = HalfWeights(parts.student);
    teacher_copies_ = HalfWeights(parts.teacher);
  }

  void prepare(const StepBatch& batch, const Progress& at) override;
  at::Tensor loss() override;
  void after_backward() override;
  double collect(const Progress& at, std::map<std::string, double>& series) override;
  const HalfWeights* copies() const override { return half_ ? &student_copies_ : nullptr; }
  const HalfWeights* teacher_copies() const override { return half_ ? &teacher_copies_ : nullptr; }

 private:
  void place(const std::vector<at::Tensor>& views);
  void keep(const at::Tensor& host, at::Tensor& kept) const;
  FusedTargets targets();

  DinoDeviceParts parts_;
  c10::Device device_;
  bool half_;
  HalfWeights student_copies_, teacher_copies_;
  std::vector<at::Tensor> groups_;  // views of one width each, joined: [views * B, 3, h, w]
  RowAddresses rows_;
  int64_t samples_ = 0;
  at::Tensor scales_;              // of drop path, float32
  at::Tensor temperature_;         // the teacher's, float64 scalar
  at::Tensor features_, numbers_;  // the teacher's [2 B, D]; [entropy, loss]
  at::Tensor logits_sum_;          // [1, K] of the teacher's rows
};

/// Copies the views side by side into the groups, which keep their addresses.
void DinoStep::place(const std::vector<at::Tensor>& views) {
  const std::vector<int64_t> counts = views_of_a_width(views);
  size_t view = 0;
  groups_.resize(counts.size());
  for (size_t g = 0; g < counts.size(); ++g) {
    std::vector<int64_t> shape = views[view].sizes().vec();
    shape[0] *= counts[g];
    if (!groups_[g].defined() || groups_[g].sizes() != shape)
      groups_[g] = at::empty(shape, views[view].options());
    for (int64_t i = 0; i < counts[g]; ++i)
      groups_[g].narrow(0, i * samples_, samples_).copy_(views[view++]);
  }
}

void DinoStep::prepare(const StepBatch& batch, const Progress& at) {
  const auto views = static_cast<int64_t>(batch.views.size());
  require(views >= 2, "dino got {} views, expected two global ones and any number of local ones",
          views);
  samples_ = batch.views[0].size(0);
  place(batch.views);
  rows_ = view_rows(parts_.seed, at.step, batch.samples, views);
  keep(parts_.student.backbone()->drop_path_scales(rows_), scales_);
  rows_.scales = scales_;
  keep(at::scalar_tensor(parts_.method.teacher_temperature(at), at::kDouble), temperature_);
}

/// The numbers on the host at the address of `kept`, which is made at the first call.
void DinoStep::keep(const at::Tensor& host, at::Tensor& kept) const {
  if (!host.defined()) return;
  const c10::ScalarType type = host.dim() == 0 ? at::kDouble : at::kFloat;
  const at::Tensor fresh = upload(host, device_, type);
  if (!kept.defined() || kept.sizes() != fresh.sizes()) kept = at::empty_like(fresh);
  kept.copy_(fresh);
}

FusedTargets DinoStep::targets() {
  const auto timed = parts_.stopwatch.section("teacher");
  const at::NoGradGuard no_grad;
  const HalfScope half(teacher_copies());
  const RowAddresses rows = part_of(rows_, 0, static_cast<size_t>(2 * samples_));
  features_ = parts_.teacher.features_of_groups({groups_[0].narrow(0, 0, 2 * samples_)}, rows);
  return fused_teacher_targets(parts_.teacher.project(features_), parts_.objective.center(),
                               temperature_);
}

at::Tensor DinoStep::loss() {
  const FusedTargets targets = this->targets();
  logits_sum_ = targets.sum;
  const HalfScope half(copies());
  at::Tensor logits;
  {
    const auto timed = parts_.stopwatch.section("student");
    logits = parts_.student.project(parts_.student.features_of_groups(groups_, rows_));
  }
  const auto timed = parts_.stopwatch.section("loss");
  const at::Tensor value = fused_dino_cross_entropy(
      logits, targets, parts_.config.student_temperature, /*overwrite_logits=*/true);
  numbers_ = at::stack({targets.entropy, value.detach()});
  return value;
}

void DinoStep::after_backward() {
  if (parts_.config.centering != Centering::center) return;
  update_center(parts_.objective.center(), logits_sum_, 2 * samples_, parts_.config.center_momentum,
                parts_.comm);
}

double DinoStep::collect(const Progress& at, std::map<std::string, double>& series) {
  const at::Tensor numbers = numbers_.to(at::kCPU, at::kDouble);
  const double* values = numbers.const_data_ptr<double>();
  series["feature_rank"] = feature_rank(features_, at.step, parts_.comm);
  series["teacher_entropy"] = values[0];
  series["kl"] = values[1] - values[0];
  average_over_ranks(series, parts_.comm);
  return values[1];
}

bool has_batch_norm(const torch::nn::Module& network) {
  for (const auto& module : network.modules())
    if (module->as<BatchNorm>() != nullptr) return true;
  return false;
}

}  // namespace
}  // namespace dino_device_step

bool has_device_step(const DinoDeviceParts& parts, Precision precision) {
  const DinoOptions& config = parts.config;
  const bool softmax = config.centering == Centering::center || config.centering == Centering::none;
  return softmax && config.loss == DinoLoss::cross_entropy &&
         config.teacher_update == TeacherUpdate::momentum &&
         (precision == Precision::fp32 || precision == Precision::bf16) && !config.predictor &&
         2 + config.crops.local_crops_number <= kMostDinoViews &&
         parts.student.backbone()->has_tokens() &&
         parts.student.backbone()->embed_dim() <= kWidestNorm &&
         !dino_device_step::has_batch_norm(parts.student);
}

std::unique_ptr<DeviceStep> make_dino_device_step(const DinoDeviceParts& parts,
                                                  Precision precision) {
  return std::make_unique<dino_device_step::DinoStep>(parts, precision);
}

}  // namespace dinobench
