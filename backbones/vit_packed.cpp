// A ViT on a device with kernels: all tokens of all images in one buffer [T, D]. Sums, norms,
// linear layers and GELUs take the buffer whole, attention goes group by group; after the last
// attention only class tokens are left.
#include <ATen/ATen.h>

#include "backbones/device_copy.hpp"
#include "backbones/device_layers.hpp"
#include "backbones/fused_layers.hpp"
#include "backbones/vit.hpp"

namespace dinobench {
namespace vit_packed {
namespace {

/// The buffer [T, width] as [images, tokens, width] of each group.
std::vector<at::Tensor> by_image(const at::Tensor& buffer, const Packing& packing) {
  std::vector<at::Tensor> parts = buffer.split_with_sizes(packing.totals);
  for (size_t g = 0; g < parts.size(); ++g)
    parts[g] = parts[g].unflatten(0, {packing.images[g], packing.tokens[g]});
  return parts;
}

/// The first token of each image, [images, D].
at::Tensor first_tokens(const at::Tensor& buffer, const Packing& packing) {
  std::vector<at::Tensor> parts = by_image(buffer, packing);
  for (at::Tensor& part : parts) part = part.select(1, 0);
  return at::cat(parts);
}

at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  return Attention::joined(at::scaled_dot_product_attention(q, k, v)).flatten(0, 1);
}

at::Tensor attention(const Attention& layer, const at::Tensor& normed, const Packing& packing) {
  std::vector<at::Tensor> mixed;
  for (const at::Tensor& all :
       by_image(device_linear(normed, held(layer.qkv->weights())), packing)) {
    const auto parts = layer.split_heads(all, 3);
    mixed.push_back(attend(parts[0], parts[1], parts[2]));
  }
  return device_linear(at::cat(mixed), held(layer.proj->weights()));
}

/// Of the class tokens alone, which ask all tokens of their image.
at::Tensor class_attention(const Attention& layer, const at::Tensor& normed,
                           const Packing& packing) {
  const HeldLinear qkv = held(layer.qkv->weights());
  const int64_t dim = normed.size(1);
  const auto queries = device_linear(first_tokens(normed, packing), qkv.outputs(0, dim))
                           .split_with_sizes(packing.images);
  const auto rest = by_image(device_linear(normed, qkv.outputs(dim, 2 * dim)), packing);
  std::vector<at::Tensor> mixed;
  for (size_t g = 0; g < rest.size(); ++g) {
    const auto parts = layer.split_heads(rest[g], 2);
    mixed.push_back(attend(layer.split_heads(queries[g].unsqueeze(1), 1)[0], parts[0], parts[1]));
  }
  return device_linear(at::cat(mixed), held(layer.proj->weights()));
}

at::Tensor perceptron(const Perceptron& mlp, const at::Tensor& x) {
  return device_perceptron(x, {mlp.fc1->weights(), mlp.fc2->weights()});
}

/// Adds the branch to `trunk`; the layer norm of the sum.
at::Tensor add_norm(at::Tensor& trunk, const at::Tensor& branch, const at::Tensor& row_scales,
                    const LayerNorm& norm) {
  const NormWeights w = norm.weights();
  NormedSum out = fused_add_norm(trunk, branch, row_scales, w.weight, w.bias, w.epsilon);
  trunk = std::move(out.sum);
  return std::move(out.normed);
}

at::Tensor scales_of(const at::Tensor& scales, int64_t block, int64_t branch) {
  return scales.defined() ? scales[block][branch].contiguous() : scales;
}

}  // namespace
}  // namespace vit_packed

// [B, 3, H, W] -> [B, 1 + patches, D] of activation_type().
at::Tensor VisionTransformer::packed_tokens(const at::Tensor& images) {
  check(images);
  const c10::ScalarType type = activation_type();
  const at::Tensor squares = squares_of(images, patch_size_);
  const at::Tensor pixels = at::empty(squares.sizes(), images.options().dtype(type));
  pixels.copy_(squares);
  const at::Tensor patches =
      device_linear(pixels.flatten(3).flatten(1, 2), held({patches_->weight, patches_->bias}));
  const at::Tensor first = cls_token_.to(type).expand({images.size(0), 1, -1});
  return at::cat({first, patches}, 1) +
         position_table(images.size(2), images.size(3), /*by_matrix=*/true).to(type);
}

const at::Tensor& VisionTransformer::image_of_token(const Packing& packing, c10::Device device) {
  std::vector<int64_t> lengths;  // image after image
  for (size_t g = 0; g < packing.images.size(); ++g)
    lengths.insert(lengths.end(), static_cast<size_t>(packing.images[g]), packing.tokens[g]);
  at::Tensor& kept = images_of_tokens_[lengths];
  if (!kept.defined() || kept.device() != device)
    kept = upload(at::repeat_interleave(at::tensor(lengths, at::kLong)), device, at::kLong);
  return kept;
}

at::Tensor VisionTransformer::packed_blocks(const at::Tensor& tokens, const Packing& packing,
                                            const at::Tensor& scales) {
  using namespace vit_packed;
  const at::Tensor by_token =
      scales.defined() ? scales.index_select(2, image_of_token(packing, tokens.device())) : scales;
  const NormWeights w = blocks_[0]->norm1->weights();
  at::Tensor x = tokens, normed = fused_norm(x, w.weight, w.bias, w.epsilon);
  const int64_t last = static_cast<int64_t>(blocks_.size()) - 1;
  for (int64_t i = 0; i < last; ++i) {
    const Block& block = *blocks_[static_cast<size_t>(i)];
    const Block& next = *blocks_[static_cast<size_t>(i) + 1];
    const at::Tensor mixed = attention(*block.attn, normed, packing);
    normed = add_norm(x, mixed, scales_of(by_token, i, 0), *block.norm2);
    const at::Tensor seen = perceptron(*block.mlp, normed);
    normed = add_norm(x, seen, scales_of(by_token, i, 1), *next.norm1);
  }
  const Block& block = *blocks_.back();
  at::Tensor first = first_tokens(x, packing);
  const at::Tensor mixed = class_attention(*block.attn, normed, packing);
  normed = add_norm(first, mixed, scales_of(scales, last, 0), *block.norm2);
  const at::Tensor seen = perceptron(*block.mlp, normed);
  return add_norm(first, seen, scales_of(scales, last, 1), *norm_);
}

at::Tensor VisionTransformer::forward_groups(const std::vector<at::Tensor>& groups,
                                             const RowAddresses* rows) {
  const bool packs =
      !groups.empty() && takes_kernels(groups[0]) && pos_embed_.scalar_type() == at::kFloat;
  if (!packs) return Backbone::forward_groups(groups, rows);
  std::vector<at::Tensor> parts;
  Packing packing;
  int64_t count = 0;
  for (const at::Tensor& images : groups) {
    const at::Tensor tokens = packed_tokens(images);
    packing.add(tokens.size(0), tokens.size(1));
    parts.push_back(tokens.flatten(0, 1));
    count += tokens.size(0);
  }
  const auto floats = groups[0].options().dtype(at::kFloat);
  return packed_blocks(at::cat(parts), packing, row_scales(count, floats, rows));
}

}  // namespace dinobench
