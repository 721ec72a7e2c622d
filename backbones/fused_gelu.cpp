// Autograd round the GELU kernels.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "backbones/fused_layers.hpp"
#include "backbones/gelu_kernel.hpp"
#include "backbones/kernel_call.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace fused_gelu_part {
namespace {

constexpr const char* kName = "bias and GELU";

GeluArguments begin(const at::Tensor& x, const at::Tensor& bias) {
  GeluArguments a{};
  a.width = x.size(-1);
  a.rows = x.numel() / a.width;
  a.half = x.scalar_type() == at::kBFloat16;
  a.x = x.const_data_ptr();
  a.bias = bias.const_data_ptr<float>();
  a.strips = std::clamp<int64_t>(a.rows / 8, 1, 512);
  return a;
}

struct BiasGelu : torch::autograd::Function<BiasGelu> {
  using Context = torch::autograd::AutogradContext;

  static at::Tensor forward(Context* context, const at::Tensor& x, const at::Tensor& bias) {
    const KernelCall call(x, kName);
    const at::Tensor out = at::empty_like(x);
    GeluArguments a = begin(x, bias);
    a.out = out.data_ptr();
    call.check(launch_gelu(a, call.stream()));
    context->save_for_backward({x, bias});
    return out;
  }

  static torch::autograd::variable_list backward(Context* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &bias = saved[1], above = gradients[0].contiguous();
    const KernelCall call(x, kName);
    call.expect(above, x.scalar_type(), "the gradient");
    GeluArguments a = begin(x, bias);
    const auto options = bias.options().requires_grad(false);
    const at::Tensor grad_x = at::empty_like(x), grad_bias = at::empty({a.width}, options);
    const at::Tensor partials = at::empty({a.strips, a.width}, options);
    a.grad_out = above.const_data_ptr();
    a.grad_x = grad_x.data_ptr();
    a.partials = partials.mutable_data_ptr<float>();
    a.grad_bias = grad_bias.mutable_data_ptr<float>();
    call.check(launch_gelu_backward(a, call.stream()));
    return {grad_x, grad_bias};
  }
};

}  // namespace
}  // namespace fused_gelu_part

at::Tensor fused_bias_gelu(const at::Tensor& x, const at::Tensor& bias) {
  using namespace fused_gelu_part;
  const KernelCall call(x, kName);
  call.expect(x, x.scalar_type() == at::kBFloat16 ? at::kBFloat16 : at::kFloat, "the product");
  call.expect(bias, at::kFloat, "the bias");
  require(bias.numel() == x.size(-1), "kernel {}: a bias of {} for rows of {}", kName, bias.numel(),
          x.size(-1));
  return BiasGelu::apply(x, bias);
}

}  // namespace dinobench
