// A picture of many objects: layers in depth over an even ground, and which of them one sees where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/random.hpp"
#include "data/image.hpp"
#include "data/shapes_scene.hpp"

namespace dinobench::shapes {

/// A flat object in the frame; id 0 is surroundings.
struct Layer {
  Instance look;
  Pose pose;
  uint8_t id = 0;
};

/// The frame is kFrame high; a pixel is as wide as it is high.
struct Stage {
  int64_t width = 0, height = 0;  // pixels
  std::vector<Layer> layers;      // nearest first
  Colour ground{};
  Light light;
  int64_t noise = 0;  // of the sensor: uniform in [-noise, noise] grey levels
  int64_t frame_width() const { return kFrame * width / height; }
};

/// The mask holds, for each pixel, the id that most of its nine points show (the lower of equals).
Picture paint(const Stage& stage, Rng& noise);

/// How much of layers[index]'s surface one sees: in the frame and not covered; percent.
int64_t visible_percent(const Stage& stage, size_t index);

/// Dull clutter, with or without texture, and objects of any outline, texture and hues.
Instance drawn_clutter(Rng& rng);
Instance drawn_object(Rng& rng);

/// Anywhere in the frame, at any angle.
Pose drawn_pose(const Stage& stage, Range radius, Rng& rng);

/// A stage with its ground, light and `pieces` of clutter.
Stage drawn_stage(int64_t width, int64_t height, int64_t pieces, Rng& rng);

/// A busy view with `objects` objects, as a photograph has.
Stage drawn_view(int64_t width, int64_t height, int64_t objects, Rng& rng);

inline Image image_of(const Stage& stage, Picture&& picture) {
  return {stage.width, stage.height, std::move(picture.pixels)};
}

}  // namespace dinobench::shapes
