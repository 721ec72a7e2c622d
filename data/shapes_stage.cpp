// What stages are furnished with: clutter, objects of any kind, light.
#include "data/shapes_stage.hpp"

#include <algorithm>

namespace dinobench::shapes {
namespace {

constexpr Range kAnyAngle{0, kTurn - 1}, kHue{0, 1535};
constexpr Range kPeriod{40 * kUnit / 100, 120 * kUnit / 100};
constexpr Range kPieceRadius{kFrame / 14, kFrame / 4}, kObjectRadius{kFrame / 9, kFrame / 3};
constexpr Range kAnyLight{200, 290}, kAnyTilt{-180, 180}, kTint{235, 275};
constexpr int64_t kAnyNoise = 6;

template <class Enum>
Enum any_of(Enum last, Rng& rng) {
  return static_cast<Enum>(rng.integer(0, static_cast<int64_t>(last)));
}

// One colour or two, close to each other.
void colour_dully(Instance& look, Rng& rng) {
  constexpr Range change{-45, 45};
  look.first = dull_colour(rng);
  const int64_t by = change(rng);
  for (size_t c = 0; c < 3; ++c) look.second[c] = std::clamp<int64_t>(look.first[c] + by, 0, 255);
}

// Behind everything: one dull texture without end.
Layer drawn_ground(Rng& rng) {
  Layer ground;
  ground.look = drawn_clutter(rng);
  ground.look.outline = Outline::square;
  ground.pose = {{kFrame / 2, kFrame / 2}, 8 * kFrame, kAnyAngle(rng)};
  ground.look.period = Range{kUnit / 50, kUnit / 16}(rng);
  return ground;
}

}  // namespace

Instance drawn_clutter(Rng& rng) {
  Instance look;
  look.outline = any_of(Outline::dome, rng);
  look.texture = any_of(Texture::plain, rng);
  look.period = kPeriod(rng);
  look.texture_angle = kAnyAngle(rng);
  look.height = Range{kUnit / 3, kUnit * 5 / 4}(rng);
  colour_dully(look, rng);
  return look;
}

Instance drawn_object(Rng& rng) {
  ClassLook look{"", Outline::disc, Texture::plain, kUnit, 0, 0};
  look.outline = any_of(Outline::dome, rng);
  look.texture = any_of(Texture::plain, rng);
  look.period = kPeriod(rng);
  look.first_hue = kHue(rng);
  look.second_hue = look.first_hue + Range{300, 1236}(rng);
  return draw_instance(look, rng);
}

Pose drawn_pose(const Stage& stage, Range radius, Rng& rng) {
  Pose pose;
  pose.centre.x = rng.integer(0, stage.frame_width());
  pose.centre.y = rng.integer(0, kFrame);
  pose.radius = radius(rng);
  pose.angle = kAnyAngle(rng);
  return pose;
}

Stage drawn_stage(int64_t width, int64_t height, int64_t pieces, Rng& rng) {
  Stage stage;
  stage.width = width;
  stage.height = height;
  stage.ground = dull_colour(rng);
  stage.light = {
      kAnyLight(rng), kAnyTilt(rng), kAnyTilt(rng), {kTint(rng), kTint(rng), kTint(rng)}};
  stage.noise = kAnyNoise;
  for (int64_t n = 0; n < pieces; ++n) {
    Layer piece;
    piece.look = drawn_clutter(rng);
    piece.pose = drawn_pose(stage, kPieceRadius, rng);
    stage.layers.push_back(std::move(piece));
  }
  stage.layers.push_back(drawn_ground(rng));
  return stage;
}

Stage drawn_view(int64_t width, int64_t height, int64_t objects, Rng& rng) {
  Stage stage = drawn_stage(width, height, 12, rng);
  for (int64_t n = 0; n < objects; ++n) {
    Layer object;
    object.look = drawn_object(rng);
    object.pose = drawn_pose(stage, kObjectRadius, rng);
    stage.layers.insert(stage.layers.begin(), std::move(object));
  }
  return stage;
}

}  // namespace dinobench::shapes
