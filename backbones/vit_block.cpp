// Attention and perceptron of a ViT block (dino.md 1.2).
#include "backbones/vit_block.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "backbones/autocast.hpp"
#include "core/form.hpp"

namespace dinobench {

constexpr double vit_norm_epsilon = 1e-6;  // PyTorch's own default would be 1e-5

Attention::Attention(int64_t dim, int64_t heads) : heads_(heads) {
  qkv = register_module("qkv", std::make_shared<Linear>(dim, 3 * dim));
  proj = register_module("proj", std::make_shared<Linear>(dim, dim));
}

std::vector<at::Tensor> Attention::split_heads(const at::Tensor& all, int64_t parts) const {
  const int64_t dim = all.size(-1) / parts;
  return all.view({all.size(0), all.size(1), parts, heads_, dim / heads_})
      .permute({2, 0, 3, 1, 4})
      .unbind(0);
}

namespace {

/// softmax(q k^T / sqrt(D / heads)) over keys, from q and k first among `parts`.
at::Tensor weights_of(const std::vector<at::Tensor>& parts) {
  const double scale = 1 / std::sqrt(static_cast<double>(parts[0].size(-1)));
  const at::Tensor scores = at::matmul(parts[0], parts[1].transpose(-2, -1)) * scale;
  return at::softmax(at_least_float(scores), -1);
}

at::Tensor add_branch(const at::Tensor& trunk, const at::Tensor& branch,
                      const at::Tensor& row_scales, int64_t index) {
  if (!row_scales.defined()) return trunk + branch;
  return at::addcmul(trunk, branch, row_scales[index].view({-1, 1, 1}));
}

}  // namespace

at::Tensor Attention::forward(const at::Tensor& x, const LayerNorm& norm) const {
  const auto parts = split_heads(lean_norm_linear(x, norm.weights(), qkv->weights()), 3);
  return proj->forward(joined(at::scaled_dot_product_attention(parts[0], parts[1], parts[2])));
}

at::Tensor Attention::forward_first(const at::Tensor& x, const LayerNorm& norm) const {
  const int64_t dim = x.size(-1);
  const LinearWeights query{qkv->weight.slice(0, 0, dim), qkv->bias.slice(0, 0, dim)};
  const LinearWeights rest{qkv->weight.slice(0, dim), qkv->bias.slice(0, dim)};
  const at::Tensor q = split_heads(lean_norm_linear(x.slice(1, 0, 1), norm.weights(), query), 1)[0];
  const auto parts = split_heads(lean_norm_linear(x, norm.weights(), rest), 2);
  return proj->forward(joined(at::scaled_dot_product_attention(q, parts[0], parts[1])));
}

at::Tensor Attention::weights(const at::Tensor& x) const {
  return weights_of(split_heads(qkv->forward(x), 3));
}

at::Tensor Attention::forward_plain(const at::Tensor& x) const {
  const auto parts = split_heads(qkv->forward(x), 3);
  return proj->forward(joined(at::matmul(weights_of(parts), parts[2])));
}

Perceptron::Perceptron(int64_t dim, int64_t hidden) {
  fc1 = register_module("fc1", std::make_shared<Linear>(dim, hidden));
  fc2 = register_module("fc2", std::make_shared<Linear>(hidden, dim));
}

at::Tensor Perceptron::forward(const at::Tensor& x, const LayerNorm& norm) const {
  return lean_gelu_linear(lean_norm_linear(x, norm.weights(), fc1->weights()), fc2->weights());
}

Block::Block(int64_t dim, int64_t heads) {
  norm1 = register_module("norm1", std::make_shared<LayerNorm>(dim, vit_norm_epsilon));
  attn = register_module("attn", std::make_shared<Attention>(dim, heads));
  norm2 = register_module("norm2", std::make_shared<LayerNorm>(dim, vit_norm_epsilon));
  mlp = register_module("mlp", std::make_shared<Perceptron>(dim, 4 * dim));
}

at::Tensor Block::forward(const at::Tensor& x, const at::Tensor& row_scales) const {
  const at::Tensor attended =
      reference_math() ? attn->forward_plain(norm1->forward(x)) : attn->forward(x, *norm1);
  const at::Tensor y = add_branch(x, attended, row_scales, 0);
  return add_branch(y, mlp->forward(y, *norm2), row_scales, 1);
}

at::Tensor Block::forward_first(const at::Tensor& x, const at::Tensor& row_scales) const {
  if (reference_math()) return forward(x, row_scales).slice(1, 0, 1);
  const at::Tensor y = add_branch(x.slice(1, 0, 1), attn->forward_first(x, *norm1), row_scales, 0);
  return add_branch(y, mlp->forward(y, *norm2), row_scales, 1);
}

at::Tensor Block::attention_weights(const at::Tensor& x) const {
  return attn->weights(norm1->forward(x));
}

}  // namespace dinobench
