// The ViT family: the reference's three sizes and two small ones for CPU work.
#include "backbones/vit.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "backbones/device_copy.hpp"
#include "core/error.hpp"
#include "core/random.hpp"

namespace dinobench {

VisionTransformer::VisionTransformer(const VitShape& shape, const BackboneConfig& config)
    : patch_size_(config.patch_size) {
  require(patch_size_ > 0 && patch_size_ <= config.image_size,
          "--patch_size is {}, expected 1 to the image's side of {}", patch_size_,
          config.image_size);
  require(config.drop_path_rate >= 0 && config.drop_path_rate < 1,
          "--drop_path_rate is {}, expected at least 0 and below 1", config.drop_path_rate);
  const int64_t grid = config.image_size / patch_size_;
  const at::Tensor rates = at::linspace(0, config.drop_path_rate, shape.depth);  // float32
  for (int64_t i = 0; i < shape.depth; ++i) drop_rates_.push_back(rates[i].item<float>());

  // Random draws in the reference's order: default values of all layers as they are made, then
  // position table and class token, then the Linear weights again.
  const auto embedding = register_module("patch_embed", std::make_shared<torch::nn::Module>());
  patches_ = embedding->register_module(
      "proj", std::make_shared<Conv2d>(3, shape.dim, patch_size_, patch_size_, 0, true));
  cls_token_ = register_parameter("cls_token", at::zeros({1, 1, shape.dim}));
  pos_embed_ = register_parameter("pos_embed", at::zeros({1, grid * grid + 1, shape.dim}));
  const auto list = register_module("blocks", std::make_shared<torch::nn::Module>());
  for (int64_t i = 0; i < shape.depth; ++i)
    blocks_.push_back(
        list->register_module(std::to_string(i), std::make_shared<Block>(shape.dim, shape.heads)));
  norm_ = register_module("norm", std::make_shared<LayerNorm>(shape.dim, 1e-6));
  fill_truncated_normal(pos_embed_, 0.02);
  fill_truncated_normal(cls_token_, 0.02);
  for (const auto& block : blocks_)
    for (const auto& linear :
         {block->attn->qkv, block->attn->proj, block->mlp->fc1, block->mlp->fc2})
      initialise_truncated_normal(*linear);
}

const BicubicResizing& VisionTransformer::resizing(const at::Tensor& table, int64_t rows,
                                                   int64_t columns, double row_scale,
                                                   double column_scale) const {
  BicubicResizing& kept = resizings_[{rows, columns}];
  const bool fits = kept.down.defined() && kept.down.device() == table.device() &&
                    kept.down.scalar_type() == table.scalar_type();
  if (!fits) kept = bicubic_resizing(table, rows, columns, row_scale, column_scale);
  return kept;
}

at::Tensor VisionTransformer::position_table(int64_t height, int64_t width, bool by_matrix) const {
  const int64_t stored = pos_embed_.size(1) - 1;
  const int64_t rows = height / patch_size_, columns = width / patch_size_;
  if (rows * columns == stored && height == width) return pos_embed_;
  const double grid = std::sqrt(static_cast<double>(stored));
  const int64_t side = std::lround(grid);
  // The 0.1 guarded the reference against a lost row; published weights were trained with it.
  const double row_scale = (static_cast<double>(rows) + 0.1) / grid;
  const double column_scale = (static_cast<double>(columns) + 0.1) / grid;
  const at::Tensor table =
      pos_embed_.slice(1, 1).reshape({1, side, side, embed_dim()}).permute({0, 3, 1, 2});
  const bool fixed_order = table.is_cuda() && at::globalContext().deterministicAlgorithms();
  const at::Tensor resized =
      by_matrix || fixed_order
          ? resize_bicubic(table, resizing(table, rows, columns, row_scale, column_scale))
          : at::upsample_bicubic2d(table, {rows, columns}, false, row_scale, column_scale);
  return at::cat({pos_embed_.slice(1, 0, 1), resized.flatten(2).transpose(1, 2)}, 1);
}

void VisionTransformer::check(const at::Tensor& images) const {
  require(images.dim() == 4 && images.size(1) == 3 && images.size(2) >= patch_size_ &&
              images.size(3) >= patch_size_,
          "a ViT got images of shape {}, expected [B, 3, H, W] with sides of at least {}",
          fmt::join(images.sizes().vec(), "x"), patch_size_);
}

at::Tensor VisionTransformer::tokens(const at::Tensor& images) const {
  check(images);
  const at::Tensor patches = patches_->forward(images).flatten(2).transpose(1, 2);
  const at::Tensor cls = cls_token_.expand({images.size(0), 1, -1});
  return at::cat({cls, patches}, 1) + position_table(images.size(2), images.size(3));
}

at::Tensor VisionTransformer::drop_path_scales(const RowAddresses& rows) const {
  if (!is_training() || drop_rates_.back() == 0) return {};
  const size_t count = rows.samples.size(), depth = blocks_.size();
  at::Tensor scales =
      at::empty({static_cast<int64_t>(depth), 2, static_cast<int64_t>(count)}, at::kDouble);
  double* out = scales.mutable_data_ptr<double>();
  for (size_t block = 0; block < depth; ++block)
    for (uint64_t branch = 0; branch < 2; ++branch)
      for (size_t row = 0; row < count; ++row) {
        const double keep = 1 - drop_rates_[block];
        Rng rng(rows.seed, "drop_path",
                {static_cast<uint64_t>(rows.step), static_cast<uint64_t>(rows.samples[row]),
                 static_cast<uint64_t>(rows.views[row]), block, branch});
        *out++ = std::floor(keep + rng.uniform()) / keep;
      }
  return scales;
}

at::Tensor VisionTransformer::row_scales(int64_t count, const at::TensorOptions& options,
                                         const RowAddresses* rows) const {
  if (!is_training() || drop_rates_.back() == 0) return {};
  const auto expected = static_cast<size_t>(count);
  if (rows == nullptr || rows->samples.size() != expected || rows->views.size() != expected)
    fail_run("drop path needs an address for each of {} rows", count);
  if (rows->scales.defined()) return rows->scales.to(options);
  return upload(drop_path_scales(*rows), options.device(),
                c10::typeMetaToScalarType(options.dtype()));
}

at::Tensor VisionTransformer::forward(const at::Tensor& images, const RowAddresses* rows) {
  at::Tensor x = tokens(images);
  const at::Tensor scales = row_scales(x.size(0), x.options(), rows);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const bool drops = drop_rates_[i] > 0 && scales.defined();
    const at::Tensor own = drops ? scales[static_cast<int64_t>(i)] : at::Tensor();
    const bool last = i + 1 == blocks_.size();
    x = last ? blocks_[i]->forward_first(x, own) : blocks_[i]->forward(x, own);
  }
  return norm_->forward(x.select(1, 0));  // the norm works token by token
}

std::vector<at::Tensor> VisionTransformer::last_blocks(const at::Tensor& images, int64_t n) {
  const int64_t depth = static_cast<int64_t>(blocks_.size());
  require(n >= 1 && n <= depth, "{} last blocks were asked of a ViT with {}", n, depth);
  std::vector<at::Tensor> levels;
  at::Tensor x = tokens(images);
  for (int64_t i = 0; i < depth; ++i) {
    x = blocks_[static_cast<size_t>(i)]->forward(x, {});
    if (i >= depth - n) levels.push_back(norm_->forward(x));
  }
  return levels;
}

at::Tensor VisionTransformer::last_attention(const at::Tensor& images) {
  at::Tensor x = tokens(images);
  for (size_t i = 0; i + 1 < blocks_.size(); ++i) x = blocks_[i]->forward(x, {});
  return blocks_.back()->attention_weights(x);
}

namespace vit_family {

// dim, depth, heads. The head dimension is always 64.
template <int64_t dim, int64_t depth, int64_t heads>
bool add(const char* name, const char* source) {
  return Backbones::add(
      {.name = name,
       .summary = fmt::format("Vision Transformer: dim {}, depth {}, {} heads", dim, depth, heads),
       .source = source,
       .make = [](const BackboneConfig& config) -> std::shared_ptr<Backbone> {
         return std::make_shared<VisionTransformer>(VitShape{dim, depth, heads}, config);
       },
       .uses_patch_size = true});
}

constexpr const char* dino_paper = "Caron et al. 2021, arXiv 2104.14294";
[[maybe_unused]] const bool registered =
    add<192, 12, 3>("vit_tiny", dino_paper) && add<384, 12, 6>("vit_small", dino_paper) &&
    add<768, 12, 12>("vit_base", dino_paper) && add<192, 6, 3>("vit_micro", "dinobench") &&
    add<128, 4, 2>("vit_nano", "dinobench");

}  // namespace vit_family
}  // namespace dinobench
