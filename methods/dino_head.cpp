// Construction order decides which random numbers each weight gets (dino.md 3.1).
#include "methods/dino_head.hpp"

#include <ATen/ATen.h>

#include "backbones/autocast.hpp"
#include "backbones/device_layers.hpp"
#include "methods/weight_norm_linear.hpp"

namespace dinobench {

DinoHead::DinoHead(const DinoHeadShape& shape) {
  build_perceptron(shape);
  for (const auto& linear : linears_) initialise_truncated_normal(*linear);
  // Made after the perceptron was re-initialised, so weight_v keeps PyTorch's default values.
  const at::Tensor rows = Linear(shape.bottleneck, shape.out, /*with_bias=*/false).weight.detach();
  const auto last = register_module("last_layer", std::make_shared<torch::nn::Module>());
  weight_g_ =
      last->register_parameter("weight_g", at::ones({shape.out, 1}), !shape.norm_last_layer);
  weight_v_ = last->register_parameter("weight_v", rows);
  // Last, so that the other weights are those of the head without it.
  if (shape.predictor_hidden > 0)
    predictor_ = register_module(
        "predictor",
        std::make_shared<Predictor>(shape.bottleneck, shape.predictor_hidden, shape.batch_norm));
}

void DinoHead::build_perceptron(const DinoHeadShape& shape) {
  if (shape.layers <= 1) {
    linears_.push_back(
        register_module("mlp", std::make_shared<Linear>(shape.in, shape.bottleneck)));
    return;
  }
  // Names count the parameterless GELUs too, as Python's Sequential does.
  const auto mlp = register_module("mlp", std::make_shared<torch::nn::Module>());
  int64_t index = 0;
  for (int64_t i = 0; i < shape.layers; ++i) {
    const int64_t in = i == 0 ? shape.in : shape.hidden;
    const bool last = i + 1 == shape.layers;
    linears_.push_back(
        mlp->register_module(std::to_string(index++),
                             std::make_shared<Linear>(in, last ? shape.bottleneck : shape.hidden)));
    if (last) break;
    if (shape.batch_norm)
      norms_.push_back(
          mlp->register_module(std::to_string(index++), std::make_shared<BatchNorm>(shape.hidden)));
    ++index;
  }
}

at::Tensor DinoHead::perceptron(const at::Tensor& features) {
  if (norms_.empty() && takes_kernels(features)) {
    std::vector<LinearWeights> layers;
    for (const auto& linear : linears_) layers.push_back(linear->weights());
    return device_perceptron(features, layers);
  }
  at::Tensor x = features;
  for (size_t i = 0; i < linears_.size(); ++i) {
    x = i == 0 ? linears_[i]->forward(x) : lean_gelu_linear(x, linears_[i]->weights());
    if (i < norms_.size()) x = norms_[i]->forward(x);
  }
  return x;
}

at::Tensor DinoHead::forward(const at::Tensor& features) {
  at::Tensor x = perceptron(features);
  if (predictor_) x = predictor_->forward(x);
  x = at_least_float(x);
  x = x / at::linalg_vector_norm(x, 2, at::IntArrayRef{-1}, /*keepdim=*/true).clamp_min(1e-12);
  return weight_norm_linear(x, weight_v_, weight_g_);
}

}  // namespace dinobench
