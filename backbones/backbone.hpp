// A backbone maps images to features; evaluations and methods know only this.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/registry.hpp"

namespace dinobench {

/// Addresses of the rows of a forward pass, for drop path: draws come from (seed, step, sample,
/// view, block, branch).
struct RowAddresses {
  uint64_t seed = 0;
  int64_t step = 0;
  std::vector<int64_t> samples, views;  // one per row
  // drop_path_scales() of them, on the device; undefined: drawn in the pass
  at::Tensor scales = {};
};

/// Those of rows [begin, end).
RowAddresses part_of(const RowAddresses& rows, size_t begin, size_t end);

/// Settings that every backbone may read; defaults are the reference's.
struct BackboneConfig {
  int64_t patch_size = 16;
  int64_t image_size = 224;     // side of the position table's images
  double drop_path_rate = 0.0;  // training only; needs RowAddresses
};

/// Parameters and buffers carry the official names (dino.md 1.7, torchvision). Images are [B, 3, H,
/// W], normalised.
class Backbone : public torch::nn::Module {
 public:
  /// Global feature [B, embed_dim()]: the final-norm cls token, or the pooled trunk. `rows` is
  /// needed in training mode with a positive drop path rate.
  virtual at::Tensor forward(const at::Tensor& images, const RowAddresses* rows = nullptr) = 0;
  virtual int64_t embed_dim() const = 0;

  /// forward() of images of several sizes, [B_i, 3, H_i, W_i] each -> [sum of B_i, embed_dim()], in
  /// that order; `rows` are those of all of them.
  virtual at::Tensor forward_groups(const std::vector<at::Tensor>& groups,
                                    const RowAddresses* rows = nullptr);
  /// What drop path makes of each row, float64 on the host, the rows in the last dimension;
  /// undefined where nothing can drop.
  virtual at::Tensor drop_path_scales(const RowAddresses& /*rows*/) const { return {}; }

  virtual bool has_tokens() const { return false; }  ///< whether the next three may be called
  /// All tokens of the last n blocks through the final norm, oldest first: n x [B, 1 + patches, D].
  virtual std::vector<at::Tensor> last_blocks(const at::Tensor& images, int64_t n);
  /// Softmax attention of the last block [B, heads, 1 + patches, 1 + patches].
  virtual at::Tensor last_attention(const at::Tensor& images);
  virtual int64_t patch_size() const { return 0; }
};

/// A linear classifier on the global feature, as supervised training leaves it.
struct LinearClassifier {
  at::Tensor weight, bias;  // [classes, embed_dim()], [classes]
};

struct BackboneEntry {
  std::string name, summary, source;
  /// Draws initial weights from torch's default CPU generator, in the reference's order.
  std::shared_ptr<Backbone> (*make)(const BackboneConfig& config);
  bool uses_patch_size =
      false;  // --patch_size and --drop_path_rate are ignored with a warning otherwise
  bool has_weights = true;  // false: pixels
  static const char* kind() { return "backbone"; }
};
using Backbones = Registry<BackboneEntry>;

/// As Backbones::find, with the reference's aliases (deit_small = vit_small).
const BackboneEntry& find_backbone(const std::string& arch);

}  // namespace dinobench
