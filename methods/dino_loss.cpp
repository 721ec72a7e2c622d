// The loss with its gradient in closed form: one softmax a student row, nothing else kept.
#include "methods/dino_loss.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "backbones/autocast.hpp"
#include "comm/device_reducer.hpp"
#include "core/error.hpp"
#include "core/form.hpp"

namespace dinobench {
namespace {

// Per student row z with summed target t of total mass c (1 for a global view, 2 for a local one):
// loss = c * logsumexp(z / T) - <t, z> / T, gradient = (c * softmax(z / T) - t) / T. Half logits
// are widened first, and their gradient is narrowed last.
struct SummedCrossEntropy : torch::autograd::Function<SummedCrossEntropy> {
  using Context = torch::autograd::AutogradContext;

  static at::Tensor forward(Context* context, const at::Tensor& logits, const at::Tensor& targets,
                            double temperature) {
    const int64_t rows = targets.size(1), views = logits.size(0) / rows;
    const at::Tensor z = at_least_float(logits).view({views, rows, -1}) / temperature;
    const at::Tensor normaliser = at::logsumexp(z, -1, /*keepdim=*/true);
    at::Tensor total =
        dot(z[0] - normaliser[0], targets[1]) + dot(z[1] - normaliser[1], targets[0]);
    if (views > 2) {
      const at::Tensor locals = (z.slice(0, 2) - normaliser.slice(0, 2)).sum(0);
      total += dot(locals, targets[0] + targets[1]);
    }
    context->save_for_backward({logits, targets, normaliser});
    context->saved_data["temperature"] = temperature;
    return total / -static_cast<double>((2 * views - 2) * rows);
  }

  static torch::autograd::variable_list backward(Context* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &logits = saved[0], &targets = saved[1], &normaliser = saved[2];
    const double temperature = context->saved_data["temperature"].toDouble();
    const int64_t rows = targets.size(1), views = logits.size(0) / rows;
    at::Tensor out =
        (at_least_float(logits).view({views, rows, -1}) / temperature).sub_(normaliser).exp_();
    out[0].sub_(targets[1]);
    out[1].sub_(targets[0]);
    if (views > 2) out.slice(0, 2).mul_(2).sub_(targets[0] + targets[1]);
    out.mul_(gradients[0] / (static_cast<double>((2 * views - 2) * rows) * temperature));
    return {out.view_as(logits).to(logits.scalar_type()), at::Tensor(), at::Tensor()};
  }

 private:
  static at::Tensor dot(const at::Tensor& a, const at::Tensor& b) { return (a * b).sum(); }
};

/// The definition, pair by pair, each with the log-softmax of its own (--reference_math).
at::Tensor loss_by_pairs(const at::Tensor& logits, const at::Tensor& targets, double temperature) {
  const int64_t rows = targets.size(1), views = logits.size(0) / rows;
  const auto students = (at_least_float(logits) / temperature).chunk(views);
  at::Tensor total;
  for (int64_t teacher = 0; teacher < 2; ++teacher) {
    for (int64_t view = 0; view < views; ++view) {
      if (view == teacher) continue;
      const at::Tensor log_p = at::log_softmax(students[static_cast<size_t>(view)], -1);
      const at::Tensor term = (-targets[teacher] * log_p).sum(-1).mean();
      total = total.defined() ? total + term : term;
    }
  }
  return total / (2 * views - 2);
}

}  // namespace

TeacherTargets teacher_targets(const at::Tensor& logits, const at::Tensor& center,
                               double temperature) {
  const at::NoGradGuard no_grad;
  const at::Tensor scaled = (at_least_float(logits.detach()) - center) / temperature;
  TeacherTargets out;
  out.rows = at::softmax(scaled, -1);
  // -sum q log q = logsumexp(u) - <q, u>: no logarithm of a probability that underflowed.
  out.entropy = (at::logsumexp(scaled, -1) - (out.rows * scaled).sum(-1)).mean();
  out.rows = out.rows.view({2, logits.size(0) / 2, -1});
  return out;
}

int64_t views_of(const at::Tensor& student_logits, const at::Tensor& targets) {
  const int64_t rows = targets.size(1);
  require(rows > 0 && student_logits.size(0) % rows == 0 && student_logits.size(0) >= 2 * rows,
          "DINO's loss got {} student rows for {} samples, expected two or more views of each",
          student_logits.size(0), rows);
  return student_logits.size(0) / rows;
}

at::Tensor dino_cross_entropy(const at::Tensor& student_logits, const at::Tensor& targets,
                              double temperature) {
  views_of(student_logits, targets);
  if (reference_math()) return loss_by_pairs(student_logits, targets, temperature);
  return SummedCrossEntropy::apply(student_logits, targets, temperature);
}

at::Tensor sum_of_rows(const at::Tensor& logits) {
  const bool half = logits.element_size() < 4;
  return logits.detach().sum({0}, /*keepdim=*/true, half ? at::kFloat : logits.scalar_type());
}

void update_center(const at::Tensor& center, const at::Tensor& own_sum, int64_t own_rows,
                   double momentum, Communicator& comm) {
  const at::NoGradGuard no_grad;
  const at::Tensor sum =
      own_sum.detach().to(center.scalar_type(), /*non_blocking=*/false, /*copy=*/true);
  all_reduce_sum(sum, comm);
  const double rows = static_cast<double>(own_rows * comm.size());
  center.mul_(momentum).add_(sum / rows, 1 - momentum);
}

}  // namespace dinobench
