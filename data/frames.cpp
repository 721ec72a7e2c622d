// OpenCV's 8-bit bilinear resize, written from its arithmetic, and the frame's normalisation.
#include "data/frames.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "data/decoders.hpp"
#include "data/pixel_math.hpp"

namespace dinobench {
namespace {

constexpr float one = 2048;  // 11 bits after the point

struct Tap {
  int64_t first = 0, second = 0;  // input positions
  int first_weight = 0, second_weight = 0;
};

/// Positions beyond the border are those of the border. Across, the border's weight is then whole;
/// down, OpenCV leaves the two weights as they are: both fall on one row.
std::vector<Tap> taps_of(int64_t in, int64_t out, bool across) {
  std::vector<Tap> taps(static_cast<size_t>(out));
  const double scale = 1.0 / (static_cast<double>(out) / static_cast<double>(in));
  for (int64_t i = 0; i < out; ++i) {
    const auto at = static_cast<float>((static_cast<double>(i) + 0.5) * scale - 0.5);
    const auto floor = static_cast<int64_t>(std::floor(at));
    const bool outside = floor < 0 || floor >= in - 1;
    const float part = across && outside ? 0.0F : at - static_cast<float>(floor);
    taps[static_cast<size_t>(i)] = {std::clamp<int64_t>(floor, 0, in - 1),
                                    std::clamp<int64_t>(floor + 1, 0, in - 1),
                                    static_cast<int>(std::nearbyint((1.0F - part) * one)),
                                    static_cast<int>(std::nearbyint(part * one))};
  }
  return taps;
}

void resize_row(const uint8_t* in, const std::vector<Tap>& taps, int* out) {
  for (const Tap& tap : taps)
    for (int channel = 0; channel < 3; ++channel)
      *out++ = in[3 * tap.first + channel] * tap.first_weight +
               in[3 * tap.second + channel] * tap.second_weight;
}

Image halve(const Image& image, int64_t width, int64_t height) {
  Image out = decoders::make_image(width, height, "resize");
  for (int64_t y = 0; y < height; ++y) {
    const uint8_t* upper = image.pixels.data() + 3 * image.width * 2 * y;
    const uint8_t* lower = upper + 3 * image.width;
    uint8_t* target = decoders::row_of(out, y);
    for (int64_t x = 0; x < width; ++x)
      for (int64_t at = 6 * x; at < 6 * x + 3; ++at)
        *target++ =
            static_cast<uint8_t>((upper[at] + upper[at + 3] + lower[at] + lower[at + 3] + 2) >> 2);
  }
  return out;
}

struct FrameTable {
  float values[3][256];
};

const FrameTable& frame_table() {
  static const FrameTable table = [] {
    constexpr float deviation[3] = {0.228F, channel_deviation[1], channel_deviation[2]};
    FrameTable made{};
    for (int channel = 0; channel < 3; ++channel)
      for (int value = 0; value < 256; ++value)
        made.values[channel][value] =
            (static_cast<float>(value) / 255.0F - channel_mean[channel]) / deviation[channel];
    return made;
  }();
  return table;
}

}  // namespace

Image resize_opencv(const Image& image, int64_t width, int64_t height) {
  if (image.width == 2 * width && image.height == 2 * height) return halve(image, width, height);
  Image out = decoders::make_image(width, height, "resize");
  const std::vector<Tap> columns = taps_of(image.width, width, true);
  const std::vector<Tap> rows = taps_of(image.height, height, false);
  const auto length = static_cast<size_t>(3 * width);
  std::vector<int> kept[2] = {std::vector<int>(length), std::vector<int>(length)};
  int64_t held[2] = {-1, -1};
  const auto resized_row = [&](int64_t y) -> const int* {
    const auto slot = static_cast<size_t>(y & 1);  // neighbours lie in different slots
    if (held[slot] != y)
      resize_row(image.pixels.data() + 3 * image.width * y, columns, kept[slot].data());
    held[slot] = y;
    return kept[slot].data();
  };
  for (int64_t y = 0; y < height; ++y) {
    const Tap& tap = rows[static_cast<size_t>(y)];
    const int* upper = resized_row(tap.first);
    const int* lower = resized_row(tap.second);
    uint8_t* target = decoders::row_of(out, y);
    for (size_t i = 0; i < length; ++i)
      target[i] = static_cast<uint8_t>((((tap.first_weight * (upper[i] >> 4)) >> 16) +
                                        ((tap.second_weight * (lower[i] >> 4)) >> 16) + 2) >>
                                       2);
  }
  return out;
}

FrameSize frame_size(int64_t width, int64_t height, int64_t short_side) {
  constexpr int64_t step = 64;
  require(width > 0 && height > 0 && short_side > 0, "a frame of {} x {} pixels to a side of {}",
          width, height, short_side);
  const bool tall = height > width;
  const int64_t longer = tall ? short_side * height / width : short_side * width / height;
  const int64_t rounded = longer / step * step;
  require(rounded > 0, "a short side of {} makes a long side of {}: expected at least {}",
          short_side, longer, step);
  return tall ? FrameSize{short_side, rounded} : FrameSize{rounded, short_side};
}

void normalize_frame(const Image& image, float* out) {
  const FrameTable& table = frame_table();
  const size_t plane = image.pixels.size() / 3;
  for (size_t channel = 0; channel < 3; ++channel)
    for (size_t i = 0; i < plane; ++i)
      out[channel * plane + i] = table.values[channel][image.pixels[3 * i + channel]];
}

}  // namespace dinobench
