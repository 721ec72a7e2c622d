// Scratch, addresses and autograd round the loss kernels.
#include "methods/fused_dino_loss.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "backbones/kernel_call.hpp"
#include "core/error.hpp"
#include "methods/dino_loss_kernel.hpp"

namespace dinobench {
namespace fused_dino_loss {
namespace {

constexpr const char* kName = "dino loss";

at::Tensor floats(at::IntArrayRef shape, const at::Tensor& like) {
  return at::empty(shape, like.options().dtype(at::kFloat).requires_grad(false));
}

float* out(const at::Tensor& tensor) { return tensor.mutable_data_ptr<float>(); }

DinoLossArguments begin(const at::Tensor& teacher, const at::Tensor& center,
                        const at::Tensor& temperature, const at::Tensor& rows) {
  DinoLossArguments a{};
  a.samples = teacher.size(0) / 2;
  a.classes = teacher.size(1);
  a.half = teacher.scalar_type() == at::kBFloat16;
  a.teacher = teacher.const_data_ptr();
  a.center = center.const_data_ptr<float>();
  a.teacher_temperature = temperature.const_data_ptr<double>();
  a.teacher_rows = out(rows);
  return a;
}

// Enough blocks for any device, the same on each; a slice keeps its threads busy twice.
int64_t slices_for(int64_t samples, int64_t classes) {
  return std::clamp<int64_t>(1024 / samples, 1, std::max<int64_t>(classes / 2048, 1));
}

void add_student(DinoLossArguments& a, const at::Tensor& logits, const at::Tensor& rows,
                 double temperature) {
  a.student = logits.const_data_ptr();
  a.views = logits.size(0) / a.samples;
  a.student_rows = out(rows);
  a.student_temperature = temperature;
  a.slices = slices_for(a.samples, a.classes);
}

struct CrossEntropy : torch::autograd::Function<CrossEntropy> {
  using Context = torch::autograd::AutogradContext;

  static at::Tensor forward(Context* context, const at::Tensor& student, const at::Tensor& teacher,
                            const at::Tensor& center, const at::Tensor& teacher_temperature,
                            const at::Tensor& teacher_rows, double temperature, bool overwrite) {
    const KernelCall call(student, kName);
    const at::Tensor rows = floats({student.size(0), 2}, student);
    DinoLossArguments a = begin(teacher, center, teacher_temperature, teacher_rows);
    add_student(a, student, rows, temperature);
    const at::Tensor partials = floats({a.samples, a.slices, a.views, 3}, student);
    const at::Tensor row_losses = floats({student.size(0)}, student), loss = floats({}, student);
    a.partials = out(partials), a.row_losses = out(row_losses), a.loss = out(loss);
    call.check(launch_dino_student(a, call.stream()));
    context->save_for_backward({student, teacher, center, teacher_temperature, teacher_rows, rows});
    context->saved_data["temperature"] = temperature;
    context->saved_data["overwrite"] = overwrite;
    return loss;
  }

  static torch::autograd::variable_list backward(Context* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor& student = saved[0];
    const KernelCall call(student, kName);
    const at::Tensor upstream = gradients[0].contiguous();
    call.expect(upstream, at::kFloat, "the loss's gradient");
    DinoLossArguments a = begin(saved[1], saved[2], saved[3], saved[4]);
    add_student(a, student, saved[5], context->saved_data["temperature"].toDouble());
    const at::Tensor gradient = context->saved_data["overwrite"].toBool()
                                    ? student.detach()
                                    : at::empty_like(student.detach());
    a.upstream = upstream.const_data_ptr<float>();
    a.gradient = gradient.data_ptr();
    call.check(launch_dino_backward(a, call.stream()));
    const at::Tensor none;
    return {gradient, none, none, none, none, none, none};
  }
};

}  // namespace
}  // namespace fused_dino_loss

FusedTargets fused_teacher_targets(const at::Tensor& logits, const at::Tensor& center,
                                   const at::Tensor& temperature) {
  using namespace fused_dino_loss;
  const KernelCall call(logits, kName);
  const bool half = logits.scalar_type() == at::kBFloat16;
  call.expect(logits, half ? at::kBFloat16 : at::kFloat, "the teacher's logits");
  call.expect(center, at::kFloat, "the centre");
  call.expect(temperature, at::kDouble, "the teacher's temperature");
  require(logits.dim() == 2 && logits.size(0) >= 2 && logits.size(0) % 2 == 0 &&
              logits.size(0) <= 2 * 65535 && center.numel() == logits.size(1),
          "kernel {}: teacher logits [{}] and a centre of {}: expected [2 B, K] and K, B to 65535",
          kName, fmt::join(logits.sizes(), ", "), center.numel());
  FusedTargets targets{logits.detach(), center, temperature, {}, {}, {}};
  targets.rows = floats({logits.size(0), 2}, logits);
  targets.entropy = floats({}, logits);
  targets.sum = floats({1, logits.size(1)}, logits);
  DinoLossArguments a = begin(targets.logits, center, temperature, targets.rows);
  a.row_slices = std::min<int64_t>(16, logits.size(0));
  const at::Tensor partials = floats({a.row_slices, a.classes}, logits);
  const at::Tensor entropies = floats({logits.size(0)}, logits);
  a.entropies = out(entropies), a.entropy = out(targets.entropy);
  a.column_partials = out(partials), a.column_sums = out(targets.sum);
  call.check(launch_dino_teacher(a, call.stream()));
  return targets;
}

at::Tensor fused_dino_cross_entropy(const at::Tensor& student_logits, const FusedTargets& targets,
                                    double temperature, bool overwrite_logits) {
  using namespace fused_dino_loss;
  const KernelCall call(student_logits, kName);
  call.expect(student_logits, targets.logits.scalar_type(), "the student's logits");
  const int64_t samples = targets.logits.size(0) / 2, classes = targets.logits.size(1);
  require(student_logits.dim() == 2 && student_logits.size(1) == classes &&
              student_logits.size(0) % samples == 0 && student_logits.size(0) >= 2 * samples &&
              student_logits.size(0) <= kMostDinoViews * samples,
          "kernel {}: student logits [{}], expected 2 to {} views of {} samples and {} classes",
          kName, fmt::join(student_logits.sizes(), ", "), kMostDinoViews, samples, classes);
  return CrossEntropy::apply(student_logits, targets.logits, targets.center, targets.temperature,
                             targets.rows, temperature, overwrite_logits);
}

}  // namespace dinobench
