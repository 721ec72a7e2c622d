// Masks: 8-bit index images, as VOC and DAVIS store them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace dinobench {

/// Rows top to bottom, one index a pixel: 0 background, 1.. objects or classes, 255 void.
struct Mask {
  int64_t width = 0, height = 0;
  std::vector<uint8_t> values;
  bool has_palette = false;  // as read: a palette PNG, else 8-bit grey
};

/// A PNG with a palette of at most 8 bits a pixel (its indices, never its colours) or 8-bit grey
/// (its values). Anything else is an input Error that names the file and says what it is.
Mask read_mask(const std::filesystem::path& path);

/// An 8-bit palette PNG with PASCAL VOC's colour map (atomic).
void write_mask(const Mask& mask, const std::filesystem::path& path);

/// Pillow's nearest: source index floor((o + 0.5) * in / out), byte for byte.
Mask resize_nearest(const Mask& mask, int64_t width, int64_t height);

}  // namespace dinobench
