// DINO's projection head: a perceptron, L2 normalisation, then a weight-normalised layer without
// bias.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "backbones/layers.hpp"
#include "methods/predictor.hpp"

namespace dinobench {

struct DinoHeadShape {
  int64_t in, out;  // embedding and number of logits
  int64_t hidden = 2048, bottleneck = 256, layers = 3;
  bool batch_norm = false;
  bool norm_last_layer = true;   // weight_g stays 1 and receives no gradient
  int64_t predictor_hidden = 0;  // 0: no predictor before the normalisation
};

/// [B, in] -> [B, out] logits; with norm_last_layer these are cosines. Tensor names as in dino.md
/// 3.1: mlp.{0,2,4}.*, last_layer.weight_g [out, 1], last_layer.weight_v [out, bottleneck]; then
/// predictor.*, if there is one.
class DinoHead : public torch::nn::Module {
 public:
  explicit DinoHead(const DinoHeadShape& shape);
  at::Tensor forward(const at::Tensor& features);

 private:
  void build_perceptron(const DinoHeadShape& shape);
  at::Tensor perceptron(const at::Tensor& features);
  // Each Linear with what follows it; the last has neither norm nor GELU.
  std::vector<std::shared_ptr<Linear>> linears_;
  std::vector<std::shared_ptr<BatchNorm>> norms_;  // empty without BatchNorm
  at::Tensor weight_g_, weight_v_;
  std::shared_ptr<Predictor> predictor_;  // null without one
};

}  // namespace dinobench
