// Objects of a mask against sets of patches, by counting. No torch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/mask.hpp"

namespace dinobench {

struct MaskObject {
  int64_t id = 0, area = 0;         // pixels
  std::vector<int64_t> by_patch{};  // [patches] pixels of the object, row-major
};

/// A mask on a grid of patches. Pixels of 255 (void) count nowhere, 0 is background; what reaches
/// over the last whole patch is cut off.
struct PatchedMask {
  std::vector<int64_t> seen;        // [patches] pixels that are not void
  std::vector<MaskObject> objects;  // those with a pixel, ascending ids
};
PatchedMask count_patches(const Mask& mask, int64_t patch_size);

/// Ids of a mask, ascending, without background and void.
std::vector<int64_t> object_ids(const Mask& mask);

/// Intersection over union in pixels, in [0, 1], of one object with the patches that are chosen
/// (each enlarged to its pixels), void left out of both.
double overlap(const PatchedMask& mask, const MaskObject& object, std::span<const bool> chosen);

}  // namespace dinobench
