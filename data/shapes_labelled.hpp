// Pictures with an exact mask, for the segmentation parts of the drawn set.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/mask.hpp"
#include "data/shapes.hpp"
#include "data/shapes_stage.hpp"

namespace dinobench::shapes {

/// The mask holds 1.. for the objects, without a border; labels[id - 1] is the object's class.
struct LabelledImage {
  Image image;
  Mask mask;
  std::vector<int64_t> labels;
};
LabelledImage draw_voc(const ShapesConfig& config, bool train, int64_t index);

/// A sequence's name and one of its frames; objects keep their id from frame to frame.
std::string davis_name(int64_t sequence);
Stage davis_stage(const ShapesConfig& config, int64_t sequence, int64_t frame);
LabelledImage draw_davis(const ShapesConfig& config, int64_t sequence, int64_t frame);

}  // namespace dinobench::shapes
