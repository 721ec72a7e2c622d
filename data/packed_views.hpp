// Drawn views and their images as one buffer that a GPU makes them from.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/views.hpp"

namespace dinobench {

struct ViewRequest {
  const Image* image;  // the same image for several views travels once
  DrawnView drawn;
  int64_t size;
  Filter filter;  // not nearest
};

/// For launch_views(): the plans, the weights of the resamplings, the table of normalised values
/// and the pixels.
struct PackedViews {
  std::vector<uint8_t> buffer;
  int64_t views = 0, table = 0;  // table: its place in the buffer
  int64_t scratch_bytes = 0;
  int64_t values = 0;  // of the output: the views one after another, [3, size, size] each
};

/// The largest view, pixels a side.
constexpr int64_t kMostPackedSize = 8192;

/// Whether there are views and all can be drawn and packed instead of made.
bool packable(const std::vector<View>& views);

/// Of an image only what its views read is packed. Input Error if a box leaves its image or a view
/// is larger than kMostPackedSize.
PackedViews pack_views(std::span<const ViewRequest> requests);

}  // namespace dinobench
