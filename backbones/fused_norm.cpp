// Autograd round the norm kernels.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <optional>

#include "backbones/fused_layers.hpp"
#include "backbones/kernel_call.hpp"
#include "backbones/norm_kernel.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace fused_norm_part {
namespace {

constexpr const char* kName = "layer norm";
using torch::autograd::variable_list;

at::Tensor floats(at::IntArrayRef shape, const at::Tensor& like) {
  return at::empty(shape, like.options().dtype(at::kFloat).requires_grad(false));
}

const void* address(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr() : nullptr;
}

NormArguments begin(const at::Tensor& stream, const at::Tensor& scales, const at::Tensor& weight) {
  NormArguments a{};
  a.width = stream.size(-1);
  a.rows = stream.numel() / a.width;
  a.half = stream.scalar_type() == at::kBFloat16;
  a.scales = static_cast<const float*>(address(scales));
  a.rows_per_scale = scales.defined() ? a.rows / scales.numel() : a.rows;
  a.weight = weight.const_data_ptr<float>();
  return a;
}

void check(const KernelCall& call, const at::Tensor& x, const at::Tensor& branch,
           const at::Tensor& scales, const at::Tensor& weight, const at::Tensor& bias) {
  const auto dtype = x.scalar_type() == at::kBFloat16 ? at::kBFloat16 : at::kFloat;
  call.expect(x, dtype, "the stream");
  if (branch.defined()) call.expect(branch, dtype, "the branch");
  call.expect(weight, at::kFloat, "the weight");
  call.expect(bias, at::kFloat, "the bias");
  if (scales.defined()) call.expect(scales, at::kFloat, "the row scales");
  const int64_t width = x.size(-1);
  require(width <= kWidestNorm && weight.numel() == width && bias.numel() == width,
          "kernel {}: rows of {} with a weight of {}: at most {} wide", kName, width,
          weight.numel(), kWidestNorm);
  require(!branch.defined() || branch.sizes() == x.sizes(), "kernel {}: branch and stream differ",
          kName);
  require(!scales.defined() || (x.numel() / width) % scales.numel() == 0,
          "kernel {}: {} row scales for {} rows", kName, scales.defined() ? scales.numel() : 0,
          x.numel() / width);
}

// Inputs x, branch, scales, weight, bias; outputs the sum (only with a branch) and its norm.
struct AddNorm : torch::autograd::Function<AddNorm> {
  using Context = torch::autograd::AutogradContext;

  static variable_list forward(Context* context, const at::Tensor& x,
                               const std::optional<at::Tensor>& added,
                               const std::optional<at::Tensor>& row_scales,
                               const at::Tensor& weight, const at::Tensor& bias, double epsilon) {
    const KernelCall call(x, kName);
    const at::Tensor branch = added.value_or(at::Tensor()),
                     scales = row_scales.value_or(at::Tensor());
    const at::Tensor normed = at::empty_like(x), sum = branch.defined() ? at::empty_like(x) : x;
    NormArguments a = begin(x, scales, weight);
    const at::Tensor mean = floats({a.rows}, x), inverse = floats({a.rows}, x);
    a.epsilon = static_cast<float>(epsilon);
    a.x = address(x), a.branch = address(branch);
    a.bias = bias.const_data_ptr<float>();
    a.sum = sum.data_ptr(), a.normed = normed.data_ptr();
    a.mean = mean.mutable_data_ptr<float>();
    a.inverse_deviation = inverse.mutable_data_ptr<float>();
    call.check(launch_norm(a, call.stream()));
    context->save_for_backward({sum, scales, weight, mean, inverse});
    context->saved_data["branch"] = branch.defined();
    context->set_materialize_grads(false);
    if (!branch.defined()) return {normed};
    return {normed, sum};
  }

  static variable_list backward(Context* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &sum = saved[0], &scales = saved[1], &weight = saved[2];
    const bool with_branch = context->saved_data["branch"].toBool();
    const KernelCall call(sum, kName);
    const at::Tensor along =
        with_branch && gradients[1].defined() ? gradients[1].contiguous() : at::Tensor();
    const at::Tensor above =
        gradients[0].defined() ? gradients[0].contiguous() : at::zeros_like(sum);
    NormArguments a = begin(sum, scales, weight);
    a.blocks = std::clamp<int64_t>((a.rows + 3) / 4, 1, 512);
    const at::Tensor grad_x = at::empty_like(sum), parameters = floats({2, a.width}, sum);
    const at::Tensor grad_branch = scales.defined() ? at::empty_like(sum) : grad_x;
    const at::Tensor partials = floats({a.blocks, 2, a.width}, sum);
    a.sum = sum.data_ptr();
    a.mean = saved[3].mutable_data_ptr<float>();
    a.inverse_deviation = saved[4].mutable_data_ptr<float>();
    a.grad_sum = address(along), a.grad_normed = address(above);
    a.grad_x = grad_x.data_ptr();
    a.grad_branch = scales.defined() ? grad_branch.data_ptr() : nullptr;
    a.partials = partials.mutable_data_ptr<float>();
    a.grad_parameters = parameters.mutable_data_ptr<float>();
    call.check(launch_norm_backward(a, call.stream()));
    return {grad_x,        with_branch ? grad_branch : at::Tensor(),
            at::Tensor(),  parameters[0],
            parameters[1], at::Tensor()};
  }
};

}  // namespace
}  // namespace fused_norm_part

NormedSum fused_add_norm(const at::Tensor& x, const at::Tensor& branch,
                         const at::Tensor& row_scales, const at::Tensor& weight,
                         const at::Tensor& bias, double epsilon) {
  using namespace fused_norm_part;
  check(KernelCall(x, kName), x, branch, row_scales, weight, bias);
  require(branch.defined(), "kernel {}: no branch to add", kName);
  const std::optional<at::Tensor> added{branch}, scales{row_scales};
  const auto out = AddNorm::apply(x, added, scales, weight, bias, epsilon);
  return {out[1], out[0]};
}

at::Tensor fused_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                      double epsilon) {
  using namespace fused_norm_part;
  check(KernelCall(x, kName), x, {}, {}, weight, bias);
  const std::optional<at::Tensor> none{at::Tensor()};
  return AddNorm::apply(x, none, none, weight, bias, epsilon)[0];
}

}  // namespace dinobench
