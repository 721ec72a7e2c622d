// With s = g / |v| by rows and z = x v^T: y = z s, and of a gradient d of y
//   dx = (d s) v,   dg = <d, z> / |v|,   dv = (d s)^T x - <d, z> g / |v|^3 v,   <> over the batch.
#include "methods/weight_norm_linear.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "backbones/device_layers.hpp"
#include "backbones/lean_linear.hpp"
#include "backbones/products.hpp"

namespace dinobench {
namespace weight_norm {
namespace {

using Context = torch::autograd::AutogradContext;
using Gradients = torch::autograd::variable_list;

struct ScaledProduct : torch::autograd::Function<ScaledProduct> {
  static at::Tensor forward(Context* context, const at::Tensor& x, const at::Tensor& v,
                            const at::Tensor& g) {
    const at::Tensor rows = x.contiguous();
    const at::Tensor norms = at::linalg_vector_norm(v, 2, at::IntArrayRef{1});
    const at::Tensor y = times_transposed(rows, v, {}).mul_(g.view(-1) / norms);
    context->save_for_backward({rows, v, g, norms, y});
    return y;
  }

  static Gradients backward(Context* context, Gradients gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &v = saved[1], &norms = saved[3], &y = saved[4];
    const at::Tensor g = saved[2].view(-1), scales = g / norms;
    const at::Tensor scaled = gradients[0] * scales;
    const at::Tensor along = (gradients[0] * y).sum(0) / g;  // <d, z> / |v|
    Gradients out(3);
    if (context->needs_input_grad(0)) out[0] = times(scaled, v);
    if (context->needs_input_grad(1))
      out[1] = transposed_times(scaled, x).addcmul_(v, (along * scales / norms).unsqueeze(1), -1);
    if (context->needs_input_grad(2)) out[2] = along.view_as(saved[2]);
    return out;
  }
};

}  // namespace
}  // namespace weight_norm

at::Tensor weight_norm_linear(const at::Tensor& x, const at::Tensor& v, const at::Tensor& g) {
  if (takes_kernels(x)) {  // autocast's arithmetic where activations are bfloat16
    const c10::ScalarType type = activation_type();
    return at::linear(x.to(type), at::_weight_norm(v, g, 0).to(type));
  }
  if (!is_lean(x, v)) return at::linear(x, at::_weight_norm(v, g, 0));
  return weight_norm::ScaledProduct::apply(x, v, g);
}

}  // namespace dinobench
