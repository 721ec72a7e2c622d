// A layer as the rasteriser asks for it: whether it covers a point of the frame, and its colour
// there.
#pragma once

#include <algorithm>
#include <cstdlib>

#include "data/shapes_stage.hpp"

namespace dinobench::shapes {

/// Sine and cosine of an angle, taken once.
struct Turn {
  explicit Turn(int64_t angle) : c(cosine(angle)), s(sine(angle)) {}
  Point operator()(Point p) const {
    return {(p.x * c - p.y * s) >> kSineBits, (p.x * s + p.y * c) >> kSineBits};
  }
  Point back(Point p) const {
    return {(p.x * c + p.y * s) >> kSineBits, (p.y * c - p.x * s) >> kSineBits};
  }
  int64_t c, s;
};

/// From the frame to an object's own units: place, slant, size, angle and height undone.
class Placed {
 public:
  explicit Placed(const Layer& of)
      : layer(&of),
        turn_(of.pose.angle),
        lean_(of.pose.lean),
        texture_(of.look.texture_angle),
        reach_(2 * of.pose.radius * std::max(of.look.height, kUnit) / kUnit) {}

  /// Nothing of it is further from its centre: every outline lies within 1.5 units.
  bool reaches(int64_t top, int64_t bottom) const {
    return layer->pose.centre.y + reach_ >= top && layer->pose.centre.y - reach_ <= bottom;
  }

  bool covers(Point p, Point& own) const {
    const Pose& pose = layer->pose;
    Point d{p.x - pose.centre.x, p.y - pose.centre.y};
    if (std::abs(d.x) > reach_ || std::abs(d.y) > reach_) return false;
    if (pose.squeeze != kUnit) {
      d = lean_.back(d);
      d = lean_({d.x * kUnit / pose.squeeze, d.y});
    }
    own = turn_.back({d.x * kUnit / pose.radius, d.y * kUnit / pose.radius});
    own.y = own.y * kUnit / layer->look.height;
    return inside(layer->look.outline, own);
  }

  const Colour& surface(Point p) const {
    const Instance& look = layer->look;
    for (const Spot& spot : look.spots)
      if (squared_length({p.x - spot.centre.x, p.y - spot.centre.y}) < spot.radius * spot.radius)
        return look.spot_colour;
    const Point q = texture_(p), origin = look.texture_origin;
    return second_colour(look.texture, {q.x + origin.x, q.y + origin.y}, look.period) ? look.second
                                                                                      : look.first;
  }

  const Layer* layer;

 private:
  Turn turn_, lean_, texture_;
  int64_t reach_;
};

}  // namespace dinobench::shapes
