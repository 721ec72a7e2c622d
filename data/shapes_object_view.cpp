// One object in a picture of its own, well seen or badly: pose, cover and light by grade.
#include <algorithm>

#include "data/shapes_retrieval.hpp"

namespace dinobench::shapes {
namespace {

/// How a grade looks; radius and centre in percent of the frame, squeeze in percent.
struct Manner {
  Range radius, centre, angle, squeeze, covers, light, tilt, tint, visible;
};
constexpr Range kSlight{-kTurn / 16, kTurn / 16}, kSome{-kTurn / 7, kTurn / 7},
    kAny{-kTurn / 2, kTurn / 2};

constexpr std::array<Manner, 4> kManners{{
    {{36, 42}, {46, 54}, kSlight, {92, 100}, {0, 0}, {235, 280}, {-60, 60}, {245, 267}, {97, 100}},
    {{32, 44}, {40, 60}, kSome, {80, 100}, {0, 1}, {190, 310}, {-150, 150}, {230, 282}, {78, 100}},
    {{22, 34}, {28, 72}, kAny, {55, 85}, {1, 3}, {110, 400}, {-260, 260}, {200, 312}, {38, 72}},
    {{11, 23}, {5, 95}, kAny, {40, 80}, {2, 5}, {80, 440}, {-300, 300}, {190, 320}, {4, 18}},
}};

ClassLook look_of(uint64_t seed, int64_t index) {
  const int64_t pair = index / 2;
  Rng rng(seed, "shapes identity pair", {static_cast<uint64_t>(pair)});
  ClassLook look{"", Outline::disc, Texture::plain, kUnit, 0, 0};
  look.outline = static_cast<Outline>((7 * pair + 3) % 10);
  look.texture = static_cast<Texture>((3 * pair + pair / 10) % 10);
  look.period = rng.integer(45 * kUnit / 100, 110 * kUnit / 100);
  look.first_hue = rng.integer(0, 1535) + index % 2 * 384;
  look.second_hue = look.first_hue + rng.integer(640, 896);
  return look;
}

Layer posed(const Instance& look, const Manner& manner, Rng& rng) {
  Layer layer;
  layer.look = look;
  layer.pose.centre.x = kFrame * manner.centre(rng) / 100;
  layer.pose.centre.y = kFrame * manner.centre(rng) / 100;
  layer.pose.radius = kFrame * manner.radius(rng) / 100;
  layer.pose.angle = manner.angle(rng);
  layer.pose.squeeze = kUnit * manner.squeeze(rng) / 100;
  layer.pose.lean = kAny(rng);
  layer.id = 1;
  return layer;
}

/// Something in front of part of the object.
Layer drawn_cover(const Pose& over, Rng& rng) {
  Layer layer;
  layer.look = rng.integer(0, 1) == 0 ? drawn_clutter(rng) : drawn_object(rng);
  layer.pose.radius = over.radius * rng.integer(45, 110) / 100;
  layer.pose.centre.x = over.centre.x + over.radius * rng.integer(-110, 110) / 100;
  layer.pose.centre.y = over.centre.y + over.radius * rng.integer(-110, 110) / 100;
  layer.pose.angle = kAny(rng);
  return layer;
}

/// The object among clutter and smaller bystanders. layers[covers] is the object.
Stage composed(const Instance& look, const Manner& manner, int64_t size, size_t& covers, Rng& rng) {
  Stage stage = drawn_stage(size, size, 7, rng);
  const auto in_front = [&](Layer layer) {
    stage.layers.insert(stage.layers.begin(), std::move(layer));
  };
  for (int64_t n = rng.integer(1, 2); n > 0; --n) {
    Layer bystander;
    bystander.look = drawn_object(rng);
    bystander.pose = drawn_pose(stage, {kFrame / 14, kFrame / 6}, rng);
    in_front(std::move(bystander));
  }
  const Layer object = posed(look, manner, rng);
  in_front(object);
  covers = static_cast<size_t>(manner.covers(rng));
  for (size_t n = 0; n < covers; ++n) in_front(drawn_cover(object.pose, rng));
  stage.light = {manner.light(rng), manner.tilt(rng), manner.tilt(rng)};
  for (int64_t& gain : stage.light.tint) gain = manner.tint(rng);
  return stage;
}

/// The first of some stages that shows as much of the object as the grade wants, else the nearest.
Stage chosen(const Instance& look, const Manner& manner, int64_t size, int64_t& visible, Rng& rng) {
  constexpr int tries = 100;
  Stage best;
  int64_t best_miss = 101;
  for (int n = 0; n < tries && best_miss > 0; ++n) {
    size_t object = 0;
    Stage stage = composed(look, manner, size, object, rng);
    const int64_t seen = visible_percent(stage, object);
    const int64_t miss =
        std::max({manner.visible.low - seen, seen - manner.visible.high, int64_t{0}});
    if (miss < best_miss) best = std::move(stage), best_miss = miss, visible = seen;
  }
  return best;
}

std::array<int64_t, 4> box_of(const std::vector<uint8_t>& mask, int64_t size) {
  std::array<int64_t, 4> box{size, size, 0, 0};
  for (int64_t i = 0; i < size * size; ++i)
    if (mask[static_cast<size_t>(i)] == 1) {
      box[0] = std::min(box[0], i % size), box[1] = std::min(box[1], i / size);
      box[2] = std::max(box[2], i % size + 1), box[3] = std::max(box[3], i / size + 1);
    }
  return box;
}

}  // namespace

Instance identity(uint64_t seed, int64_t index) {
  Rng rng(seed, "shapes identity", {static_cast<uint64_t>(index)});
  return draw_instance(look_of(seed, index), rng);
}

ObjectView draw_view_of(const ShapesConfig& config, int64_t index, Grade grade, int64_t number) {
  const auto place = static_cast<size_t>(grade);
  Rng rng(config.seed, "shapes retrieval",
          {static_cast<uint64_t>(index), place, static_cast<uint64_t>(number)});
  ObjectView out;
  const Stage stage = chosen(identity(config.seed, index), kManners[place], config.retrieval.size,
                             out.visible, rng);
  Picture picture = paint(stage, rng);
  out.box = box_of(picture.mask, config.retrieval.size);
  out.image = image_of(stage, std::move(picture));
  return out;
}

// In a look-alike the outline or the texture moves on by one to nine places: never the identity's.
Image draw_other(const ShapesConfig& config, int64_t index) {
  Rng rng(config.seed, "shapes retrieval other", {static_cast<uint64_t>(index)});
  ClassLook look = look_of(config.seed, index / 2 % config.retrieval.identities);
  const auto moved = [&](auto from) {
    return static_cast<decltype(from)>((static_cast<int64_t>(from) + rng.integer(1, 9)) % 10);
  };
  if (rng.integer(0, 1) == 0)
    look.outline = moved(look.outline);
  else
    look.texture = moved(look.texture);
  const Instance object = index % 2 == 0 ? draw_instance(look, rng) : drawn_object(rng);
  int64_t visible = 0;
  const Manner& manner = kManners[static_cast<size_t>(rng.integer(1, 2))];
  const Stage stage = chosen(object, manner, config.retrieval.size, visible, rng);
  return image_of(stage, paint(stage, rng));
}

}  // namespace dinobench::shapes
