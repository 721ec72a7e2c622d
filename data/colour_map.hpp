// Colour maps for pictures of numbers.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "data/image.hpp"

namespace dinobench {

using ColourMap = std::array<std::array<uint8_t, 3>, 256>;  // R G B, lowest value first
const ColourMap& viridis();                                 ///< matplotlib's, byte for byte
const ColourMap& inferno();                                 ///< matplotlib's, byte for byte

/// values: height x width, rows top to bottom, finite. As matplotlib's imsave: (v - min) / (max -
/// min) in float32, colour floor(256 times it), the largest value the last one; equal values give
/// the first colour.
Image colour_picture(std::span<const float> values, int64_t width, int64_t height,
                     const ColourMap& map);

}  // namespace dinobench
