// Attention and perceptron of a ViT block (dino.md 1.2).
#include "backbones/vit_block.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "backbones/autocast.hpp"

namespace dinobench {

constexpr double vit_norm_epsilon = 1e-6;  // PyTorch's own default would be 1e-5

Attention::Attention(int64_t dim, int64_t heads) : heads_(heads) {
  qkv = register_module("qkv", std::make_shared<Linear>(dim, 3 * dim));
  proj = register_module("proj", std::make_shared<Linear>(dim, dim));
}

std::vector<at::Tensor> Attention::split(const at::Tensor& x) const {
  const int64_t rows = x.size(0), tokens = x.size(1), dim = x.size(2);
  const at::Tensor all = qkv->forward(x).view({rows, tokens, 3, heads_, dim / heads_});
  return all.permute({2, 0, 3, 1, 4}).unbind(0);  // one gradient for all three, not three to add
}

at::Tensor Attention::forward(const at::Tensor& x) const {
  const std::vector<at::Tensor> parts = split(x);
  const at::Tensor mixed = at::scaled_dot_product_attention(parts[0], parts[1], parts[2]);
  return proj->forward(mixed.transpose(1, 2).reshape(x.sizes()));
}

at::Tensor Attention::weights(const at::Tensor& x) const {
  const std::vector<at::Tensor> parts = split(x);
  const double scale = 1 / std::sqrt(static_cast<double>(parts[0].size(-1)));
  const at::Tensor scores = at::matmul(parts[0], parts[1].transpose(-2, -1)) * scale;
  return at::softmax(at_least_float(scores), -1);
}

at::Tensor Attention::forward_plain(const at::Tensor& x) const {
  const at::Tensor mixed = at::matmul(weights(x), split(x)[2]);
  return proj->forward(mixed.transpose(1, 2).reshape(x.sizes()));
}

Perceptron::Perceptron(int64_t dim, int64_t hidden) {
  fc1 = register_module("fc1", std::make_shared<Linear>(dim, hidden));
  fc2 = register_module("fc2", std::make_shared<Linear>(hidden, dim));
}

at::Tensor Perceptron::forward(const at::Tensor& x) const {
  return fc2->forward(at::gelu(fc1->forward(x)));
}

Block::Block(int64_t dim, int64_t heads) {
  norm1 = register_module("norm1", std::make_shared<LayerNorm>(dim, vit_norm_epsilon));
  attn = register_module("attn", std::make_shared<Attention>(dim, heads));
  norm2 = register_module("norm2", std::make_shared<LayerNorm>(dim, vit_norm_epsilon));
  mlp = register_module("mlp", std::make_shared<Perceptron>(dim, 4 * dim));
}

at::Tensor Block::forward(const at::Tensor& x, const at::Tensor& row_scales) const {
  const auto add_branch = [&](const at::Tensor& trunk, const at::Tensor& branch, int64_t index) {
    if (!row_scales.defined()) return trunk + branch;
    return at::addcmul(trunk, branch, row_scales[index].view({-1, 1, 1}));
  };
  const at::Tensor y = add_branch(x, attn->forward(norm1->forward(x)), 0);
  return add_branch(y, mlp->forward(norm2->forward(y)), 1);
}

at::Tensor Block::attention_weights(const at::Tensor& x) const {
  return attn->weights(norm1->forward(x));
}

}  // namespace dinobench
