// Vision Transformer as in DINO (dino.md 1): tensor names, initial weights and arithmetic.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "backbones/backbone.hpp"
#include "backbones/bicubic.hpp"
#include "backbones/vit_block.hpp"

namespace dinobench {

struct VitShape {
  int64_t dim, depth, heads;
};

/// How the tokens of several groups of images lie in one buffer: group after group, image after
/// image. An entry a group.
struct Packing {
  std::vector<int64_t> images, tokens;  // its images, the tokens of each
  std::vector<int64_t> totals;          // the tokens of all of them
  void add(int64_t count, int64_t length) {
    images.push_back(count), tokens.push_back(length), totals.push_back(count * length);
  }
};

class VisionTransformer : public Backbone {
 public:
  VisionTransformer(const VitShape& shape, const BackboneConfig& config);

  at::Tensor forward(const at::Tensor& images, const RowAddresses* rows = nullptr) override;
  /// On a device with kernels the tokens of all groups lie in one buffer and go through each layer
  /// together, but for attention (vit_packed.cpp).
  at::Tensor forward_groups(const std::vector<at::Tensor>& groups,
                            const RowAddresses* rows = nullptr) override;
  /// 0 or 1 / keep of both branches: [depth, 2, rows].
  at::Tensor drop_path_scales(const RowAddresses& rows) const override;
  int64_t embed_dim() const override { return cls_token_.size(2); }
  bool has_tokens() const override { return true; }
  std::vector<at::Tensor> last_blocks(const at::Tensor& images, int64_t n) override;
  at::Tensor last_attention(const at::Tensor& images) override;
  int64_t patch_size() const override { return patch_size_; }

  /// The table [1, 1 + patches, D] for images of this many pixels: bicubic, with the reference's
  /// scale (rows + 0.1) / side of the table (dino.md 1.4).
  /// `by_matrix`: by products with matrices that are made once and kept, not by torch's kernel.
  at::Tensor position_table(int64_t height, int64_t width, bool by_matrix = false) const;

 private:
  void check(const at::Tensor& images) const;
  const BicubicResizing& resizing(const at::Tensor& table, int64_t rows, int64_t columns,
                                  double row_scale, double column_scale) const;
  at::Tensor tokens(const at::Tensor& images) const;
  // drop_path_scales() of so many rows on the device.
  at::Tensor row_scales(int64_t count, const at::TensorOptions& options,
                        const RowAddresses* rows) const;

  at::Tensor packed_tokens(const at::Tensor& images);
  at::Tensor packed_blocks(const at::Tensor& tokens, const Packing& packing,
                           const at::Tensor& scales);
  const at::Tensor& image_of_token(const Packing& packing, c10::Device device);

  int64_t patch_size_;
  std::vector<double> drop_rates_;  // of each block
  at::Tensor cls_token_, pos_embed_;
  std::shared_ptr<Conv2d> patches_;
  std::vector<std::shared_ptr<Block>> blocks_;
  std::shared_ptr<LayerNorm> norm_;
  // Made once and kept, so that a packed pass copies nothing from the host later on.
  mutable std::map<std::pair<int64_t, int64_t>, BicubicResizing> resizings_;
  std::map<std::vector<int64_t>, at::Tensor> images_of_tokens_;
};

}  // namespace dinobench
