// One transformer block of a ViT: attention, then a two-layer perceptron, each added to its input.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "backbones/layers.hpp"

namespace dinobench {

/// Multi-head self-attention over [B, N, D].
class Attention : public torch::nn::Module {
 public:
  Attention(int64_t dim, int64_t heads);
  /// Of norm(x), by the fused kernel.
  at::Tensor forward(const at::Tensor& x, const LayerNorm& norm) const;
  /// The first token's row of that alone, [B, 1, D]: no query is asked for the others.
  at::Tensor forward_first(const at::Tensor& x, const LayerNorm& norm) const;
  at::Tensor forward_plain(const at::Tensor& x) const;  ///< of x, written out: the twin
  at::Tensor weights(const at::Tensor& x) const;        ///< softmax over keys, [B, heads, N, N]
  std::shared_ptr<Linear> qkv, proj;

  /// [B, N, parts * D] -> parts of [B, heads, N, D / heads]. One gradient for all, not some to add.
  std::vector<at::Tensor> split_heads(const at::Tensor& all, int64_t parts) const;
  /// [B, heads, N, D / heads] -> [B, N, D].
  static at::Tensor joined(const at::Tensor& mixed) { return mixed.transpose(1, 2).flatten(2); }

 private:
  int64_t heads_;
};

/// D -> hidden -> D with the exact (erf) GELU between.
class Perceptron : public torch::nn::Module {
 public:
  Perceptron(int64_t dim, int64_t hidden);
  at::Tensor forward(const at::Tensor& x, const LayerNorm& norm) const;  ///< of norm(x)
  std::shared_ptr<Linear> fc1, fc2;
};

/// x += d0 * attn(norm1(x)); x += d1 * mlp(norm2(x)), where d is 1, or with drop path either 0 or
/// 1 / keep for each row.
class Block : public torch::nn::Module {
 public:
  Block(int64_t dim, int64_t heads);
  /// `row_scales` [2, B]: the factors of both branches; undefined: no row is dropped.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& row_scales) const;
  /// The first row of forward(), [B, 1, D], without what only other rows need: queries, projection
  /// and perceptron of the other tokens. That is most of a last block whose class token alone is
  /// used. With --reference_math all rows are made and the first is taken.
  at::Tensor forward_first(const at::Tensor& x, const at::Tensor& row_scales) const;
  at::Tensor attention_weights(const at::Tensor& x) const;
  std::shared_ptr<LayerNorm> norm1, norm2;
  std::shared_ptr<Attention> attn;
  std::shared_ptr<Perceptron> mlp;
};

}  // namespace dinobench
