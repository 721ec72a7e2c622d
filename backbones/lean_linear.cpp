// One autograd function for each thing that may stand before a linear layer.
#include "backbones/lean_linear.hpp"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

#include "backbones/kernel_call.hpp"
#include "backbones/linear_function.hpp"
#include "backbones/products.hpp"
#include "core/form.hpp"

namespace dinobench {
namespace lean {
namespace {

using namespace linear_function;

Maybe maybe(const at::Tensor& bias) { return bias.defined() ? Maybe(bias) : std::nullopt; }

/// `rows` [m, out] in the shape of x but for the last dimension.
at::Tensor shaped(const at::Tensor& rows, const at::Tensor& x) {
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = rows.size(1);
  return rows.view(shape);
}

at::Tensor forward_rows(Context* context, const at::Tensor& rows, const at::Tensor& weight,
                        const Maybe& bias) {
  context->saved_data["bias"] = bias.has_value();
  return times_transposed(rows, weight, bias ? bias->contiguous() : at::Tensor());
}

/// The gradients of weight and bias as out[at] and out[at + 1], given the rows that went in. torch
/// counts only tensors among the inputs when it is asked what is needed: they are number `input`
/// and, if there is a bias, the next.
void put_weight_gradients(Context* context, const at::Tensor& gradient, const at::Tensor& rows,
                          size_t at, size_t input, Gradients& out) {
  if (context->needs_input_grad(input)) out[at] = transposed_times(gradient, rows);
  if (context->saved_data["bias"].toBool() && context->needs_input_grad(input + 1))
    out[at + 1] = gradient.sum(0);
}

struct Plain : torch::autograd::Function<Plain> {
  static at::Tensor forward(Context* context, const at::Tensor& x, const at::Tensor& weight,
                            const Maybe& bias) {
    const at::Tensor rows = as_rows(x);
    context->save_for_backward({rows, weight});
    context->saved_data["shape"] = x.sizes();
    return shaped(forward_rows(context, rows, weight, bias), x);
  }

  static Gradients backward(Context* context, Gradients gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor gradient = as_rows(gradients[0]);
    Gradients out(3);
    if (context->needs_input_grad(0))
      out[0] = times(gradient, saved[1]).view(context->saved_data["shape"].toIntVector());
    put_weight_gradients(context, gradient, saved[0], 1, 1, out);
    return out;
  }
};

struct Gelu : torch::autograd::Function<Gelu> {
  static at::Tensor forward(Context* context, const at::Tensor& x, const at::Tensor& weight,
                            const Maybe& bias) {
    const at::Tensor rows = as_rows(x);
    context->save_for_backward({rows, weight});
    context->saved_data["shape"] = x.sizes();
    return shaped(forward_rows(context, at::gelu(rows), weight, bias), x);
  }

  static Gradients backward(Context* context, Gradients gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor gradient = as_rows(gradients[0]);
    Gradients out(3);
    put_weight_gradients(context, gradient, at::gelu(saved[0]), 1, 1, out);
    if (context->needs_input_grad(0))
      out[0] = at::gelu_backward(times(gradient, saved[1]), saved[0])
                   .view(context->saved_data["shape"].toIntVector());
    return out;
  }
};

struct Norm : torch::autograd::Function<Norm> {
  static at::Tensor forward(Context* context, const at::Tensor& x, const at::Tensor& norm_weight,
                            const at::Tensor& norm_bias, double epsilon, const at::Tensor& weight,
                            const Maybe& bias) {
    const at::Tensor rows = as_rows(x);
    const auto [normed, mean, scale] =
        at::native_layer_norm(rows, norm_weight.sizes(), norm_weight, norm_bias, epsilon);
    context->save_for_backward({rows, norm_weight, norm_bias, weight, mean, scale});
    context->saved_data["shape"] = x.sizes();
    context->saved_data["epsilon"] = epsilon;
    return shaped(forward_rows(context, normed, weight, bias), x);
  }

  static Gradients backward(Context* context, Gradients gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &rows = saved[0], &norm_weight = saved[1], &norm_bias = saved[2];
    const at::Tensor gradient = as_rows(gradients[0]);
    Gradients out(6);
    put_weight_gradients(
        context, gradient,
        std::get<0>(at::native_layer_norm(rows, norm_weight.sizes(), norm_weight, norm_bias,
                                          context->saved_data["epsilon"].toDouble())),
        4, 3, out);
    const auto wants = [context](size_t i) { return context->needs_input_grad(i); };
    const auto [x, w, b] = at::native_layer_norm_backward(
        times(gradient, saved[3]), rows, norm_weight.sizes(), saved[4], saved[5], norm_weight,
        norm_bias, {wants(0), wants(1), wants(2)});
    if (x.defined()) out[0] = x.view(context->saved_data["shape"].toIntVector());
    out[1] = w;
    out[2] = b;
    return out;
  }
};

}  // namespace
}  // namespace lean

bool is_lean(const at::Tensor& x, const at::Tensor& weight) {
  const bool exact = x.scalar_type() == at::kFloat || x.scalar_type() == at::kDouble;
  return exact && x.is_cpu() && x.scalar_type() == weight.scalar_type() && !reference_math() &&
         !at::autocast::is_autocast_enabled(at::kCPU) && !has_kernels(x);
}

at::Tensor lean_linear(const at::Tensor& x, const LinearWeights& linear) {
  if (!is_lean(x, linear.weight)) return at::linear(x, linear.weight, linear.bias);
  return lean::Plain::apply(x, linear.weight, lean::maybe(linear.bias));
}

at::Tensor plain_norm(const at::Tensor& x, const NormWeights& norm) {
  return at::layer_norm(x.to(norm.weight.scalar_type()), norm.weight.sizes(), norm.weight,
                        norm.bias, norm.epsilon);
}

at::Tensor lean_norm_linear(const at::Tensor& x, const NormWeights& norm,
                            const LinearWeights& linear) {
  if (!is_lean(x, linear.weight))
    return at::linear(plain_norm(x, norm), linear.weight, linear.bias);
  return lean::Norm::apply(x, norm.weight, norm.bias, norm.epsilon, linear.weight,
                           lean::maybe(linear.bias));
}

at::Tensor lean_gelu_linear(const at::Tensor& x, const LinearWeights& linear) {
  if (!is_lean(x, linear.weight)) return at::linear(at::gelu(x), linear.weight, linear.bias);
  return lean::Gelu::apply(x, linear.weight, lean::maybe(linear.bias));
}

}  // namespace dinobench
