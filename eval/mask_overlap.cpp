// As masks made of patches are constant on a patch, a sum over patches is one over pixels.
#include "eval/mask_overlap.hpp"

#include <array>

#include "core/error.hpp"

namespace dinobench {

namespace {
constexpr size_t kBackground = 0, kVoid = 255;
}

PatchedMask count_patches(const Mask& mask, int64_t patch_size) {
  const int64_t rows = mask.height / patch_size, columns = mask.width / patch_size;
  PatchedMask out;
  out.seen.assign(static_cast<size_t>(rows * columns), 0);
  std::array<MaskObject, 256> objects;
  for (int64_t y = 0; y < rows * patch_size; ++y) {
    for (int64_t x = 0; x < columns * patch_size; ++x) {
      const size_t label = mask.values[static_cast<size_t>(y * mask.width + x)];
      if (label == kVoid) continue;
      const auto patch = static_cast<size_t>(y / patch_size * columns + x / patch_size);
      ++out.seen[patch];
      if (label == kBackground) continue;
      MaskObject& object = objects[label];
      if (object.area++ == 0) object.by_patch.assign(out.seen.size(), 0);
      ++object.by_patch[patch];
    }
  }
  for (size_t id = 0; id < objects.size(); ++id) {
    if (objects[id].area == 0) continue;
    objects[id].id = static_cast<int64_t>(id);
    out.objects.push_back(std::move(objects[id]));
  }
  return out;
}

std::vector<int64_t> object_ids(const Mask& mask) {
  std::array<bool, 256> present{};
  for (const uint8_t value : mask.values) present[value] = true;
  std::vector<int64_t> ids;
  for (size_t id = kBackground + 1; id < kVoid; ++id)
    if (present[id]) ids.push_back(static_cast<int64_t>(id));
  return ids;
}

double overlap(const PatchedMask& mask, const MaskObject& object, std::span<const bool> chosen) {
  require(chosen.size() == mask.seen.size(), "{} patches were chosen from, the mask has {}",
          chosen.size(), mask.seen.size());
  int64_t intersection = 0, covered = 0;
  for (size_t patch = 0; patch < chosen.size(); ++patch) {
    if (!chosen[patch]) continue;
    intersection += object.by_patch[patch];
    covered += mask.seen[patch];
  }
  return static_cast<double>(intersection) /
         static_cast<double>(object.area + covered - intersection);
}

}  // namespace dinobench
