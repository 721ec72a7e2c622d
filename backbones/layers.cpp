// Default initialisation follows torch/nn/modules/{linear,conv,batchnorm}.py, rounding included.
#include "backbones/layers.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "backbones/sync_batch_norm.hpp"

namespace dinobench {
namespace {

// kaiming_uniform_(a = sqrt(5)): mathematically 1/sqrt(fan_in), but the last bit counts.
at::Tensor default_weight(at::IntArrayRef shape, int64_t fan_in) {
  const double slope = std::sqrt(5.0);
  const double gain = std::sqrt(2.0 / (1 + slope * slope));
  const double bound = std::sqrt(3.0) * (gain / std::sqrt(static_cast<double>(fan_in)));
  return at::empty(shape).uniform_(-bound, bound);
}

at::Tensor default_bias(int64_t out, int64_t fan_in) {
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  return at::empty({out}).uniform_(-bound, bound);
}

}  // namespace

Linear::Linear(int64_t in, int64_t out, bool with_bias) {
  weight = register_parameter("weight", default_weight({out, in}, in));
  if (with_bias) bias = register_parameter("bias", default_bias(out, in));
}

at::Tensor Linear::forward(const at::Tensor& x) const { return lean_linear(x, weights()); }

Conv2d::Conv2d(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding,
               bool with_bias)
    : stride_(stride), padding_(padding) {
  const int64_t fan_in = in * kernel * kernel;
  weight = register_parameter("weight", default_weight({out, in, kernel, kernel}, fan_in));
  if (with_bias) bias = register_parameter("bias", default_bias(out, fan_in));
}

at::Tensor squares_of(const at::Tensor& x, int64_t side) {
  const int64_t rows = x.size(2) / side, columns = x.size(3) / side;
  return x.slice(2, 0, rows * side)
      .slice(3, 0, columns * side)
      .reshape({x.size(0), x.size(1), rows, side, columns, side})
      .permute({0, 2, 4, 1, 3, 5});
}

at::Tensor Conv2d::forward(const at::Tensor& x) const {
  const int64_t side = weight.size(2);
  const bool tiles = side > 1 && stride_ == side && padding_ == 0 && weight.size(3) == side;
  if (tiles && is_lean(x, weight))
    return lean_linear(squares_of(x, side).flatten(3), {weight.flatten(1), bias})
        .permute({0, 3, 1, 2});
  return at::conv2d(x, weight, bias, {stride_, stride_}, {padding_, padding_});
}

LayerNorm::LayerNorm(int64_t width, double epsilon) : epsilon_(epsilon) {
  weight = register_parameter("weight", at::ones({width}));
  bias = register_parameter("bias", at::zeros({width}));
}

at::Tensor LayerNorm::forward(const at::Tensor& x) const { return plain_norm(x, weights()); }

BatchNorm::BatchNorm(int64_t channels) {
  weight = register_parameter("weight", at::ones({channels}));
  bias = register_parameter("bias", at::zeros({channels}));
  running_mean = register_buffer("running_mean", at::zeros({channels}));
  running_var = register_buffer("running_var", at::ones({channels}));
  num_batches_tracked = register_buffer("num_batches_tracked", at::zeros({}, at::kLong));
}

at::Tensor BatchNorm::forward(const at::Tensor& x) {
  constexpr double momentum = 0.1, epsilon = 1e-5;
  if (is_training()) num_batches_tracked.add_(1);
  if (is_training() && ranks && ranks->size > 1) {
    return sync_batch_norm(x, weight, bias, running_mean, running_var, momentum, epsilon, *ranks);
  }
  return at::batch_norm(x, weight, bias, running_mean, running_var, is_training(), momentum,
                        epsilon, /*cudnn_enabled=*/true);
}

void fill_truncated_normal(const at::Tensor& tensor, double deviation) {
  const at::NoGradGuard no_grad;
  const auto cumulative = [](double x) { return (1 + std::erf(x / std::sqrt(2.0))) / 2; };
  const double low = cumulative(-2 / deviation), high = cumulative(2 / deviation);
  tensor.uniform_(2 * low - 1, 2 * high - 1);
  tensor.erfinv_().mul_(deviation * std::sqrt(2.0)).clamp_(-2, 2);
}

void initialise_truncated_normal(const Linear& linear) {
  fill_truncated_normal(linear.weight, 0.02);
  const at::NoGradGuard no_grad;
  if (linear.bias.defined()) linear.bias.zero_();
}

void initialise_fan_out_normal(const Conv2d& conv) {
  const at::NoGradGuard no_grad;
  const double fan_out = static_cast<double>(conv.weight.size(0) * conv.weight[0][0].numel());
  conv.weight.normal_(0, std::sqrt(2.0) / std::sqrt(fan_out));
}

}  // namespace dinobench
