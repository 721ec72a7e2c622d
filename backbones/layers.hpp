// The few layers that networks are made of, initialised as PyTorch does by default.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>

#include "backbones/lean_linear.hpp"

namespace dinobench {

struct RankSums;

// Weights are drawn from torch's default CPU generator in the order weight, bias: with the same
// seed and order of construction they equal PyTorch's bit for bit. All are made in float32 on the
// CPU; move_module() converts them afterwards.

/// y = x W^T + b, weight [out, in], both uniform on +-1/sqrt(in) at first.
class Linear : public torch::nn::Module {
 public:
  Linear(int64_t in, int64_t out, bool with_bias = true);
  at::Tensor forward(const at::Tensor& x) const;  ///< [..., in] -> [..., out]
  LinearWeights weights() const { return {weight, bias}; }
  at::Tensor weight, bias;  ///< bias is undefined without one
};

/// x [B, C, H, W] -> [B, rows, columns, C, side, side]: squares side by side, what is left over at
/// the right and below dropped; a square in the order of a convolution's weights.
at::Tensor squares_of(const at::Tensor& x, int64_t side);

/// Square kernels without dilation or groups; weight [out, in, kernel, kernel], uniform on
/// +-1/sqrt(in * kernel^2) at first, and so is the bias. Where the windows do not overlap, as in a
/// ViT's patch embedding, it is a linear layer of patches wherever that is_lean().
class Conv2d : public torch::nn::Module {
 public:
  Conv2d(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding, bool with_bias);
  at::Tensor forward(const at::Tensor& x) const;
  at::Tensor weight, bias;

 private:
  int64_t stride_, padding_;
};

/// Over the last dimension.
class LayerNorm : public torch::nn::Module {
 public:
  LayerNorm(int64_t width, double epsilon);
  at::Tensor forward(const at::Tensor& x) const;
  NormWeights weights() const { return {weight, bias, epsilon_}; }
  at::Tensor weight, bias;

 private:
  double epsilon_;
};

/// Over dimension 1 of [N, C] or [N, C, H, W]: epsilon 1e-5, running averages with momentum 0.1 in
/// training mode, used instead of the batch's in eval mode. With `ranks` of more than one the batch
/// is that of all ranks (sync_batch_norm.hpp).
class BatchNorm : public torch::nn::Module {
 public:
  explicit BatchNorm(int64_t channels);
  at::Tensor forward(const at::Tensor& x);
  at::Tensor weight, bias, running_mean, running_var, num_batches_tracked;
  std::shared_ptr<const RankSums> ranks;
};

/// Normal with this deviation, cut at the absolute bounds +-2 (dino.md 1.3): one uniform draw an
/// element, through the inverse error function. In place.
void fill_truncated_normal(const at::Tensor& tensor, double deviation);

/// As the reference treats a Linear of a ViT or a head: weight truncated normal 0.02, bias 0.
void initialise_truncated_normal(const Linear& linear);

/// Normal with deviation sqrt(2 / (out * kernel^2)) (He et al. 2015, fan out, relu). In place.
void initialise_fan_out_normal(const Conv2d& conv);

}  // namespace dinobench
