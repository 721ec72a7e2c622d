// Pillow's resampling in its parts: the taps of one axis and the window they read. Internal to
// data/.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "data/transforms.hpp"

namespace dinobench {

/// A read-only window into RGB rows; `stride` bytes from one row to the next. No tap leaves it.
struct Pixels {
  const uint8_t* data = nullptr;
  int64_t width = 0, height = 0, stride = 0;
  const uint8_t* row(int64_t y) const { return data + y * stride; }
};

inline Pixels window(const Image& image, Box box) {
  return {image.pixels.data() + 3 * (box.top * image.width + box.left), box.width, box.height,
          3 * image.width};
}
inline Pixels window(const Image& image) {
  return window(image, {0, 0, image.width, image.height});
}

/// What one axis needs: output o is the sum over t < used[o] of weights[o * most + t] times input
/// first[o] + t, in fixed point.
struct Taps {
  static constexpr int precision = 22;  // bits after the point; sums of weights are 2^22
  int64_t most = 0;
  std::vector<int32_t> first, used, weights;
};

/// Taps that map the inputs [0, extent) of an axis of `in` pixels to `out` pixels. The extent is
/// `in` itself except after a box reduction that does not divide the axis.
Taps make_taps(int64_t in, float extent, int64_t out, Filter filter);

enum class Pass { none, across, down };
using Passes = std::array<Pass, 2>;

/// The passes that are needed, in Pillow's order: across first, but down first where that drops
/// more than twice as many rows as columns. (Pillow before 13 always went across first; as every
/// pass rounds to 8 bits, some pixels of such images differ by one.)
Passes plan_passes(Pixels in, float extent_x, float extent_y, int64_t width, int64_t height);

/// Resamples a window by the fastest means of this machine. An axis whose
/// extent is already its output size is left alone. Filters with weights only (not nearest).
Image resample(Pixels in, float extent_x, float extent_y, int64_t width, int64_t height,
               Filter filter);

}  // namespace dinobench
