// BYOL's predictor: a perceptron between the student's projection and what is compared.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <memory>

#include "backbones/layers.hpp"

namespace dinobench {

// The paper does not say where the predictor of Table 7 stands. BYOL's stands on a projection of
// 256 numbers: here that is the head's bottleneck, before it is normalised; the K outputs would be
// too wide.

/// Linear, BatchNorm where asked for, ReLU, Linear; as wide at the end as at the start (Grill et
/// al. 2020, arXiv 2006.07733, section 3.3: 256, hidden 4096). Names 0, 1, 3 with the norm, 0 and 2
/// without. Weights start as those of a DINO head.
class Predictor : public torch::nn::Module {
 public:
  Predictor(int64_t width, int64_t hidden, bool batch_norm);
  at::Tensor forward(const at::Tensor& x);  ///< [N, width] -> [N, width]

 private:
  std::shared_ptr<Linear> first_, second_;
  std::shared_ptr<BatchNorm> norm_;  // null without it
};

}  // namespace dinobench
