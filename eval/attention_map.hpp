// Where the cls token looks: attention of a ViT's last block, and masks made of it (dino.md 12).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "data/image.hpp"
#include "eval/evaluation.hpp"

namespace dinobench {

/// What the visualisers' --image_size and --resize mean, as in torchvision: H W, or one number for
/// the short side (the long one truncated).
struct ImageSides {
  int64_t height = 0, width = 0;
};
ImageSides resized_sides(ImageSides from, std::span<const int64_t> size);

/// [1, 3, H, W] float32, normalised with ImageNet's mean and std.
at::Tensor network_input(const Image& image);

/// The same after a bilinear, antialiased resize of the float tensor (video_generation.py; the
/// antialiasing is torchvision's since 0.17).
at::Tensor resized_input(const Image& image, ImageSides sides);

/// Left and top part whose sides are multiples of the patch. Input Error if there is not one patch.
at::Tensor whole_patches(const at::Tensor& images, int64_t patch_size);

/// Attention of the cls token to the patches, per head of the last block: float32 [heads, rows,
/// columns] on the host, for one image of whole_patches(). Run Error if it is not finite.
at::Tensor cls_attention(const FrozenModel& model, const at::Tensor& image,
                         const RunContext& context);

/// [rows, columns]: the sum over heads, in order, of attention / heads.
at::Tensor mean_head(const at::Tensor& attention);

/// Which patches hold `share` of a head's mass, largest first. attention: [..., rows, columns], not
/// negative. Per map: ascending stable sort, division by the sum, cumulative sum, kept where that
/// is above 1 - share; so of equal values the later patches are kept first. Bool, the same shape.
at::Tensor mass_mask(const at::Tensor& attention, double share);

}  // namespace dinobench
