// Decoding for a reader of one box of an image.
#pragma once

#include <functional>

#include "data/transforms.hpp"

namespace dinobench {

/// The box that will be read of an image of this size; it lies inside.
using WantedBox = std::function<Box(int64_t width, int64_t height)>;

/// decode_image() with the same Errors, but only the pixels of the box need be there; the others
/// may be black. Baseline JPEGs are decoded no further than that takes. What the rest of a file
/// holds can only be an Error where it lacks its end, and then it is.
Image decode_part(std::span<const std::byte> bytes, const std::string& name,
                  const WantedBox& wanted);

}  // namespace dinobench
