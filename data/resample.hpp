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

void check_size(int64_t width, int64_t height);  ///< input Error unless it can be made

/// What one axis needs: output o is the sum over t < used[o] of weights[o * most + t] times input
/// first[o] + t, in fixed point.
struct Taps {
  static constexpr int precision = 22;  // bits after the point; sums of weights are 2^22
  int64_t most = 0;
  std::vector<int32_t> first, used, weights;
};

/// One axis of a resampling: the inputs [0, extent) of `in` pixels become `out` pixels, of which
/// `count` from `first` on are made. The extent is `in` itself except after a box reduction that
/// does not divide the axis.
struct Axis {
  int64_t in = 0;
  float extent = 0;
  int64_t out = 0, first = 0, count = 0;
  bool moves() const { return out != in || extent != static_cast<float>(out); }
};

/// The taps of the outputs that are made.
Taps make_taps(const Axis& axis, Filter filter);

/// The inputs that the outputs of an axis are made of.
struct Span {
  int64_t first, count;
};
Span inputs_of(const Axis& axis, Filter filter);

enum class Pass { none, across, down };
using Passes = std::array<Pass, 2>;

/// The passes that are needed, in Pillow's order: across first, but down first where that drops
/// more than twice as many rows as columns. (Pillow before 13 always went across first; as every
/// pass rounds to 8 bits, some pixels of such images differ by one.)
Passes plan_passes(const Axis& x, const Axis& y);

/// Resamples a window of x.in x y.in pixels by the fastest means of this machine. An axis that does
/// not move is only cut. Filters with weights only (not nearest).
Image resample(Pixels in, const Axis& x, const Axis& y, Filter filter);

}  // namespace dinobench
