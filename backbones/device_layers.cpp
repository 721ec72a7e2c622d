// One autograd function: the float32 parameters are its inputs, their copies do the work.
#include "backbones/device_layers.hpp"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

#include "backbones/fused_layers.hpp"
#include "backbones/kernel_call.hpp"
#include "backbones/linear_function.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace device_layers {
namespace {

using namespace linear_function;

/// a b of bfloat16 matrices, in float32. Only CUDA's product can widen as it writes.
at::Tensor wide_product(const at::Tensor& a, const at::Tensor& b) {
  return a.is_cuda() ? at::mm(a, b, at::kFloat) : at::mm(a, b).to(at::kFloat);
}

// Inputs x, weight, bias, half_weight, half_bias: the first three get gradients.
struct HalfProduct : torch::autograd::Function<HalfProduct> {
  static at::Tensor forward(Context* context, const at::Tensor& x, const at::Tensor& weight,
                            const Maybe& bias, const at::Tensor& half_weight,
                            const Maybe& half_bias) {
    const at::Tensor matrix = half_weight.flatten(1), rows = as_rows(x);
    context->save_for_backward({rows, matrix});
    context->saved_data["x"] = x.sizes();
    context->saved_data["weight"] = weight.sizes();
    context->saved_data["bias"] = bias.has_value();
    return at::linear(x, matrix, half_bias);
  }

  static Gradients backward(Context* context, Gradients gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor above = as_rows(gradients[0]);
    Gradients out(5);
    if (context->needs_input_grad(0))
      out[0] = at::mm(above, saved[1]).view(context->saved_data["x"].toIntVector());
    if (context->needs_input_grad(1))
      out[1] = wide_product(above.t(), saved[0]).view(context->saved_data["weight"].toIntVector());
    if (context->saved_data["bias"].toBool() && context->needs_input_grad(2))
      out[2] = above.sum({0}, /*keepdim=*/false, at::kFloat);
    return out;
  }
};

}  // namespace
}  // namespace device_layers

bool takes_kernels(const at::Tensor& x) {
  const bool known = x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16;
  return known && has_kernels(x) && !at::autocast::is_autocast_enabled(x.device().type());
}

at::Tensor device_linear(const at::Tensor& x, const HeldLinear& linear) {
  using namespace device_layers;
  if (x.scalar_type() == linear.weight.scalar_type())
    return at::linear(x, linear.weight.flatten(1), linear.bias);
  if (!linear.half_weight.defined())
    fail_run("a linear layer of {} outputs has no copy of its weight in {}", linear.weight.size(0),
             c10::toString(x.scalar_type()));
  Maybe bias, half_bias;
  if (linear.bias.defined()) bias = linear.bias, half_bias = linear.half_bias;
  return HalfProduct::apply(x, linear.weight, bias, linear.half_weight, half_bias);
}

at::Tensor device_perceptron(const at::Tensor& x, const std::vector<LinearWeights>& layers) {
  at::Tensor y = x;
  for (size_t i = 0; i < layers.size(); ++i) {
    HeldLinear layer = held(layers[i]);
    const bool last = i + 1 == layers.size();
    if (!last) layer.bias = layer.half_bias = at::Tensor();
    y = device_linear(y, layer);
    if (!last) y = fused_bias_gelu(y, layers[i].bias);
  }
  return y;
}

}  // namespace dinobench
