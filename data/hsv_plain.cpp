// RGB to 8-bit HSV and back, with Pillow's roundings: the steps are float32 or double exactly
// where its are.
#include <algorithm>
#include <cmath>

#include "data/transforms_plain.hpp"

namespace dinobench::plain {

void to_hsv(const uint8_t* rgb, uint8_t* hsv) {
  const int r = rgb[0], g = rgb[1], b = rgb[2];
  const int high = std::max({r, g, b}), low = std::min({r, g, b});
  hsv[0] = hsv[1] = 0;
  hsv[2] = static_cast<uint8_t>(high);
  if (high == low) return;
  const auto range = static_cast<float>(high - low);
  const float saturation = range / static_cast<float>(high);
  const float rc = static_cast<float>(high - r) / range;
  const float gc = static_cast<float>(high - g) / range;
  const float bc = static_cast<float>(high - b) / range;
  float hue = 0;  // sixths of a turn
  if (r == high) {
    hue = bc - gc;
  } else if (g == high) {
    hue = static_cast<float>(2.0 + rc - bc);
  } else {
    hue = static_cast<float>(4.0 + gc - rc);
  }
  const auto turn = static_cast<float>(std::fmod(hue / 6.0 + 1.0, 1.0));
  hsv[0] = static_cast<uint8_t>(std::clamp(static_cast<int>(turn * 255.0), 0, 255));
  hsv[1] = static_cast<uint8_t>(std::clamp(static_cast<int>(saturation * 255.0), 0, 255));
}

void to_rgb(const uint8_t* hsv, uint8_t* rgb) {
  const uint8_t v = hsv[2];
  if (hsv[1] == 0) {
    std::fill_n(rgb, 3, v);
    return;
  }
  const double sixths = static_cast<double>(hsv[0]) * 6.0 / 255.0;
  const int sector = static_cast<int>(std::floor(sixths));
  const auto part = static_cast<float>(sixths - sector);
  const auto saturation = static_cast<float>(static_cast<float>(hsv[1]) / 255.0);
  const auto shade = [v](double amount) {
    const int value = static_cast<int>(std::round(static_cast<double>(v) * amount));
    return static_cast<uint8_t>(std::clamp(value, 0, 255));
  };
  const uint8_t p = shade(1.0 - saturation);
  const uint8_t q = shade(1.0 - saturation * part);
  const uint8_t t = shade(1.0 - saturation * (1.0 - part));
  const uint8_t table[6][3] = {{v, t, p}, {q, v, p}, {p, v, t}, {p, q, v}, {t, p, v}, {v, p, q}};
  std::copy_n(table[sector % 6], 3, rgb);
}

}  // namespace dinobench::plain
