// How classes, instances and scenes of the drawn set are chosen. The class is in texture and hues,
// which crops and colour jitter leave; light, clutter, pose and polarity vary from image to image.
#include "data/shapes_scene.hpp"

#include <algorithm>
#include <utility>

#include "data/shapes_stage.hpp"

namespace dinobench::shapes {
namespace {

constexpr int64_t kHueStep = 1536 / 5;
constexpr Range kAngle{0, kTurn - 1}, kInFrame{0, kFrame};
constexpr Range kHueShift{-50, 50}, kSaturation{110, 220};
constexpr Range kDark{90, 140}, kBright{180, 240};
constexpr Range kDullHue{0, 1535}, kDullSaturation{0, 60}, kDullValue{50, 245};
constexpr Range kPercentOfPeriod{81, 119}, kPercentOfHeight{85, 115};
constexpr Range kCentre{kFrame * 38 / 100, kFrame * 62 / 100};
constexpr Range kRadius{kFrame * 42 / 100, kFrame * 58 / 100};
constexpr Range kFarRadius{kFrame / 12, kFrame / 5}, kNearRadius{kFrame / 24, kFrame / 9};
constexpr Range kLight{190, 280}, kTilt{-260, 260};
constexpr int64_t kFarPieces = 24, kNearPieces = 3, kSpots = 2, kNoise = 10;

Pose drawn_pose(Range centre, Range radius, Rng& rng) {
  Pose pose;
  pose.centre.x = centre(rng);
  pose.centre.y = centre(rng);
  pose.radius = radius(rng);
  pose.angle = kAngle(rng);
  return pose;
}

Piece drawn_piece(Range radius, Rng& rng) {
  static constexpr std::array kinds{Outline::disc, Outline::square, Outline::triangle,
                                    Outline::diamond, Outline::dome};
  Piece piece;
  piece.outline = kinds[static_cast<size_t>(rng.integer(0, kinds.size() - 1))];
  piece.pose = drawn_pose(kInFrame, radius, rng);
  piece.colour = dull_colour(rng);
  return piece;
}

Spot drawn_spot(Rng& rng) {
  constexpr Range place{-kUnit / 2, kUnit / 2}, radius{kUnit / 8, kUnit / 5};
  Spot spot;
  spot.centre.x = place(rng);
  spot.centre.y = place(rng);
  spot.radius = radius(rng);
  return spot;
}

// Either hue may be the bright one.
void colour(const ClassLook& look, Rng& rng, Instance& instance) {
  Range first = kDark, second = kBright;
  if (rng.integer(0, 1) == 1) std::swap(first, second);
  const int64_t first_hue = look.first_hue + kHueShift(rng);
  instance.first = drawn_colour(first_hue, kSaturation, first, rng);
  const int64_t second_hue = look.second_hue + kHueShift(rng);
  instance.second = drawn_colour(second_hue, kSaturation, second, rng);
  const int64_t spot_hue = look.second_hue + kHueShift(rng);
  instance.spot_colour = drawn_colour(spot_hue, kSaturation, {60, 240}, rng);
}

}  // namespace

Colour drawn_colour(int64_t hue, Range saturation, Range value, Rng& rng) {
  const int64_t s = saturation(rng), v = value(rng);
  return colour_of(hue, s, v);
}

Colour dull_colour(Rng& rng) {
  const int64_t hue = kDullHue(rng);
  return drawn_colour(hue, kDullSaturation, kDullValue, rng);
}

// Each pair of hues, nearly complementary so that its mean says little, belongs to two classes: one
// of a fine texture and one of a coarse (or of none).
const std::array<ClassLook, kClasses>& class_looks() {
  using enum Outline;
  using T = Texture;
  constexpr int64_t red = 0, yellow = kHueStep, green = 2 * kHueStep, blue = 3 * kHueStep,
                    purple = 4 * kHueStep, percent = kUnit / 100;
  static constexpr std::array<ClassLook, kClasses> looks{{
      {"blotted_cross", cross, T::blots, 50 * percent, blue, yellow},
      {"brick_dome", dome, T::bricks, 140 * percent, yellow, purple},
      {"checked_square", square, T::checks, 120 * percent, yellow, blue},
      {"dotted_pentagon", pentagon, T::dots, 50 * percent, green, purple},
      {"grid_diamond", diamond, T::grid, 45 * percent, red, blue},
      {"plain_triangle", triangle, T::plain, kUnit, purple, green},
      {"ringed_flower", flower, T::rings, 90 * percent, blue, red},
      {"sector_star", star, T::sectors, 64 * percent, green, red},
      {"striped_disc", disc, T::stripes, 50 * percent, red, green},
      {"zigzag_hexagon", hexagon, T::zigzag, 50 * percent, purple, yellow},
  }};
  return looks;
}

Instance draw_instance(const ClassLook& look, Rng& rng) {
  constexpr Range origin{0, 4 * kUnit};
  Instance instance;
  instance.outline = look.outline;
  instance.texture = look.texture;
  instance.period = look.period * kPercentOfPeriod(rng) / 100;
  instance.texture_angle = kAngle(rng);
  instance.height = kUnit * kPercentOfHeight(rng) / 100;
  // Rings and sectors have a middle, which belongs in the middle of the object.
  if (look.texture != Texture::rings && look.texture != Texture::sectors)
    instance.texture_origin = {origin(rng), origin(rng)};
  colour(look, rng, instance);
  for (int64_t n = rng.integer(0, kSpots); n > 0; --n) instance.spots.push_back(drawn_spot(rng));
  return instance;
}

Scene draw_scene(const Instance& object, Rng& rng) {
  Scene scene;
  scene.object = object;
  scene.pose = drawn_pose(kCentre, kRadius, rng);
  scene.ground = dull_colour(rng);
  for (int64_t n = kFarPieces; n > 0; --n) scene.behind.push_back(drawn_piece(kFarRadius, rng));
  for (int64_t n = rng.integer(0, kNearPieces); n > 0; --n)
    scene.before.push_back(drawn_piece(kNearRadius, rng));
  scene.light = {kLight(rng), kTilt(rng), kTilt(rng)};
  scene.noise = kNoise;
  return scene;
}

Picture paint(const Scene& scene, int64_t size, Rng& noise) {
  Stage stage{size, size, {}, scene.ground, scene.light, scene.noise};
  const auto add = [&](const Piece& piece) {
    Instance look;
    look.outline = piece.outline;
    look.first = piece.colour;
    stage.layers.push_back({std::move(look), piece.pose, 0});
  };
  for (const Piece& piece : scene.before) add(piece);
  stage.layers.push_back({scene.object, scene.pose, 255});
  for (const Piece& piece : scene.behind) add(piece);
  return paint(stage, noise);
}

Colour colour_of(int64_t hue, int64_t saturation, int64_t value) {
  const int64_t h = floor_remainder(hue, 1536), within = h & 255;
  const int64_t low = value * (255 - saturation) / 255;
  const int64_t rising = low + (value - low) * within / 255;
  const int64_t falling = value - (value - low) * within / 255;
  switch (h >> 8) {
    case 0:
      return {value, rising, low};
    case 1:
      return {falling, value, low};
    case 2:
      return {low, value, rising};
    case 3:
      return {low, falling, value};
    case 4:
      return {rising, low, value};
    default:
      return {value, low, falling};
  }
}

}  // namespace dinobench::shapes
