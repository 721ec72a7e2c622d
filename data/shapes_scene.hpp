// What a drawn image shows, as a small description in integers: instance, pose, light, clutter.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/random.hpp"
#include "data/shapes_fixed.hpp"

namespace dinobench::shapes {

using Colour = std::array<int64_t, 3>;  // R G B, 0..255

/// A uniform draw. Draws stand in statements of their own (or in braces): the order of function
/// arguments is the compiler's choice.
struct Range {
  int64_t low, high;
  int64_t operator()(Rng& rng) const { return rng.integer(low, high); }
};

/// hue in 0..1535 and round again (six sectors of 256), saturation and value in 0..255.
Colour colour_of(int64_t hue, int64_t saturation, int64_t value);

enum class Outline {
  disc,
  square,
  triangle,
  diamond,
  pentagon,
  hexagon,
  star,
  cross,
  flower,
  dome
};
enum class Texture { stripes, checks, dots, rings, zigzag, grid, bricks, sectors, blots, plain };

bool inside(Outline outline, Point p);  ///< p in object units from the object's centre

/// Whether the texture shows its second colour at p; p and period in object units.
bool second_colour(Texture texture, Point p, int64_t period);

/// What all instances of a class share; neither outline, texture nor one hue alone tells it.
struct ClassLook {
  const char* name;
  Outline outline;
  Texture texture;
  int64_t period;  // of the texture, object units
  int64_t first_hue, second_hue;
};
constexpr int64_t kClasses = 10;
const std::array<ClassLook, kClasses>& class_looks();  ///< sorted by name

struct Spot {
  Point centre;
  int64_t radius = 0;
};

/// One object: what stays the same in every picture of it.
struct Instance {
  Outline outline = Outline::disc;
  Texture texture = Texture::plain;
  int64_t period = kUnit, texture_angle = 0;
  Point texture_origin;
  int64_t height = kUnit;  // of the outline, where its width is one unit
  Colour first{}, second{}, spot_colour{};
  std::vector<Spot> spots;
};
Colour drawn_colour(int64_t hue, Range saturation, Range value, Rng& rng);
Colour dull_colour(Rng& rng);
Instance draw_instance(const ClassLook& look, Rng& rng);

struct Pose {
  Point centre;             // in the frame
  int64_t radius = kFrame;  // in the frame
  int64_t angle = 0;
  int64_t squeeze = kUnit;  // width along `lean` where it would be one unit: seen from aside
  int64_t lean = 0;
};

/// A flat piece of the surroundings, behind or before the object.
struct Piece {
  Outline outline = Outline::disc;
  Pose pose;
  Colour colour{};
};

/// Gain in 1/256 at the middle of the frame, and how much it changes over one side.
struct Light {
  int64_t middle = 256, across = 0, down = 0;
  Colour tint{256, 256, 256};  // gain of each channel in 1/256
};

struct Scene {
  Instance object;
  Pose pose;
  std::vector<Piece> before, behind;  // nearest first
  Colour ground{};
  Light light;
  int64_t noise = 0;  // of the sensor: uniform in [-noise, noise] grey levels
};
Scene draw_scene(const Instance& object, Rng& rng);

/// Pixels (RGB, row by row) and mask (255 where the object covers most of what is seen there, or
/// ids).
struct Picture {
  std::vector<uint8_t> pixels, mask;
};
Picture paint(const Scene& scene, int64_t size, Rng& noise);  // a square

}  // namespace dinobench::shapes
