// Pictures of attention, as the reference's visualisers make them (dino.md 12).
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <optional>
#include <span>

#include "data/image.hpp"

namespace dinobench {

/// A normalised image [1, 3, H, W] as one sees it: min to max of the whole tensor become 0 to 255.
Image input_picture(const at::Tensor& input);

/// One map [rows, columns], minimum to maximum in viridis, each patch enlarged to its pixels.
Image head_picture(const at::Tensor& map, int64_t patch_size);

/// The same in inferno for a map averaged over heads. With a threshold, patches outside its mass
/// mask are shown as if nothing looked there.
Image mean_picture(const at::Tensor& map, int64_t patch_size, std::optional<double> threshold);

/// `picture` half covered with red where a patch of mask [rows, columns] is kept; the rim of that
/// area, one pixel inside, is pure red.
Image overlay(Image picture, const at::Tensor& mask, int64_t patch_size);

/// Writes into `folder`: img.png, attn-head<j>.png for every head of attention [heads, rows,
/// columns], and mask_th<t>_head<j>.png for every threshold. All are of the input's size. (The
/// reference draws the last through a 500 x 500 figure; these are pixel for pixel.) Returns how
/// many there are.
int64_t save_pictures(const at::Tensor& input, const at::Tensor& attention,
                      std::span<const double> thresholds, const std::filesystem::path& folder);

}  // namespace dinobench
