// Vision Transformer as in DINO (dino.md 1): tensor names, initial weights and arithmetic.
#pragma once

#include <memory>
#include <vector>

#include "backbones/backbone.hpp"
#include "backbones/vit_block.hpp"

namespace dinobench {

struct VitShape {
  int64_t dim, depth, heads;
};

class VisionTransformer : public Backbone {
 public:
  VisionTransformer(const VitShape& shape, const BackboneConfig& config);

  at::Tensor forward(const at::Tensor& images, const RowAddresses* rows = nullptr) override;
  int64_t embed_dim() const override { return cls_token_.size(2); }
  bool has_tokens() const override { return true; }
  std::vector<at::Tensor> last_blocks(const at::Tensor& images, int64_t n) override;
  at::Tensor last_attention(const at::Tensor& images) override;
  int64_t patch_size() const override { return patch_size_; }

  /// The table [1, 1 + patches, D] for images of this many pixels: bicubic, with the reference's
  /// scale (rows + 0.1) / side of the table (dino.md 1.4).
  at::Tensor position_table(int64_t height, int64_t width) const;

 private:
  at::Tensor tokens(const at::Tensor& images) const;
  // Drop path: 0 or 1 / keep, [depth, 2, B] like `like`; undefined where no row can drop.
  at::Tensor row_scales(const at::Tensor& like, const RowAddresses* rows) const;

  int64_t patch_size_;
  std::vector<double> drop_rates_;  // of each block
  at::Tensor cls_token_, pos_embed_;
  std::shared_ptr<Conv2d> patches_;
  std::vector<std::shared_ptr<Block>> blocks_;
  std::shared_ptr<LayerNorm> norm_;
};

}  // namespace dinobench
