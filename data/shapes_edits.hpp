// What happens to a picture that is copied: crops, turns, prints, paint, colours. Integers only.
#pragma once

#include <cstdint>
#include <functional>

#include "core/random.hpp"
#include "data/image.hpp"
#include "data/shapes_fixed.hpp"

namespace dinobench::shapes {

constexpr int64_t kPixel = 256;  // places in a picture are in 1/256 pixel, from its top left corner

/// `ground` with `picture` laid over it: at output place p one sees the picture's place source(p),
/// interpolated, and the ground where that is outside. Four places a pixel are looked at.
Image laid_over(const Image& picture, Image ground, const std::function<Point(Point)>& source);

/// An even image.
Image even_image(int64_t width, int64_t height, const std::array<uint8_t, 3>& colour);

/// Removes this share of the surface: a smaller image of the same proportions, from a drawn place.
Image cropped(const Image& image, int64_t removed_percent, Rng& rng);

/// Turned by up to a ninth of a turn, corners black, as if scaled to `percent`.
Image turned_picture(const Image& image, int64_t percent, Rng& rng);

Image blurred(const Image& image, int64_t radius);  // two box passes

/// Gains, offsets and saturation of the channels.
Image recoloured(const Image& image, Rng& rng);
Image greyed(const Image& image);  // with less contrast

Image painted(const Image& image, Rng& rng);  // strokes of a brush

/// A print on a table, photographed at a slant in uneven light by a noisy camera.
Image printed(const Image& image, Rng& rng);

/// Smaller, in another picture.
Image inserted(const Image& image, const Image& into, Rng& rng);

}  // namespace dinobench::shapes
