// The images of the voc part: objects of the classes, behind and before each other.
#include <algorithm>

#include "data/shapes_labelled.hpp"

namespace dinobench::shapes {
namespace {

constexpr int64_t kLeastVisible = 35;  // percent of an object that one must see

/// Objects of drawn classes, numbered from the farthest; those that one hardly sees are taken out.
Stage composed(int64_t width, int64_t height, std::vector<int64_t>& labels, Rng& rng) {
  Stage stage = drawn_stage(width, height, 10, rng);
  std::vector<int64_t> drawn;
  const auto in_front = [&](Instance look, Range radius) {
    const Pose pose = drawn_pose(stage, radius, rng);
    stage.layers.insert(stage.layers.begin(), {std::move(look), pose, 0});
  };
  for (int64_t n = rng.integer(2, 5); n > 0; --n) {
    drawn.push_back(rng.integer(0, kClasses - 1));
    in_front(draw_instance(class_looks()[static_cast<size_t>(drawn.back())], rng),
             {kFrame / 7, kFrame * 2 / 5});
  }
  std::reverse(drawn.begin(), drawn.end());  // nearest first, as the layers are
  const int64_t covers = rng.integer(0, 2);
  for (int64_t n = 0; n < covers; ++n) in_front(drawn_clutter(rng), {kFrame / 20, kFrame / 8});
  for (size_t i = drawn.size(); i-- > 0;) {
    const size_t at = i + static_cast<size_t>(covers);
    if (visible_percent(stage, at) < kLeastVisible) {
      stage.layers.erase(stage.layers.begin() + static_cast<int64_t>(at));
      continue;
    }
    labels.push_back(drawn[i]);
    stage.layers[at].id = static_cast<uint8_t>(labels.size());
  }
  return stage;
}

}  // namespace

LabelledImage draw_voc(const ShapesConfig& config, bool train, int64_t index) {
  Rng rng(config.seed, "shapes voc", {train ? 0u : 1u, static_cast<uint64_t>(index)});
  const int64_t longer = config.voc.size, shorter = longer * 3 / 4;
  const bool wide = rng.integer(0, 2) > 0;
  LabelledImage out;
  Stage stage;
  do {
    out.labels.clear();
    stage = composed(wide ? longer : shorter, wide ? shorter : longer, out.labels, rng);
  } while (out.labels.empty());
  Picture picture = paint(stage, rng);
  out.mask = {stage.width, stage.height, std::move(picture.mask), true};
  out.image = image_of(stage, std::move(picture));
  return out;
}

}  // namespace dinobench::shapes
