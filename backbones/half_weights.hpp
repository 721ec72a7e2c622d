// bfloat16 copies of a network's matrices, beside the float32 they are trained in.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <unordered_map>

#include "backbones/lean_linear.hpp"

namespace dinobench {

/// A linear layer's parameters and their copies, which are undefined where there are none.
struct HeldLinear {
  at::Tensor weight, bias;            // float32 [out, in]; [out] or undefined
  at::Tensor half_weight, half_bias;  // bfloat16, of the same shapes

  /// The layer whose outputs are outputs [first, first + count) of this one.
  HeldLinear outputs(int64_t first, int64_t count) const;
};

/// Copies of weight and bias of every Linear and Conv2d of a network on the device it is on.
/// Whoever changes the parameters changes the copies as well: the optimiser's kernel.
class HalfWeights {
 public:
  HalfWeights() = default;
  explicit HalfWeights(const torch::nn::Module& network);
  at::Tensor of(const at::Tensor& parameter) const;  ///< undefined if it has no copy

 private:
  std::unordered_map<const c10::TensorImpl*, at::Tensor> copies_;  // by parameter
};

/// While it lives, networks on this thread whose layers ask for them compute with these copies, on
/// rows of bfloat16. With none of them (null) they compute in float32.
class HalfScope {
 public:
  explicit HalfScope(const HalfWeights* weights);
  ~HalfScope();
  HalfScope(const HalfScope&) = delete;
  HalfScope& operator=(const HalfScope&) = delete;

 private:
  const HalfWeights* before_;
};

/// The type of activations here and now: bfloat16 in a HalfScope with copies, else float32.
c10::ScalarType activation_type();

/// A layer with the copies of the scope, if there is one.
HeldLinear held(const LinearWeights& linear);

}  // namespace dinobench
