// The rasteriser: a scene to pixels and the object's mask, by looking at nine points of each pixel.
#include <algorithm>

#include "data/shapes_scene.hpp"

namespace dinobench::shapes {
namespace {

constexpr int64_t kPoints = 3;  // a side of a pixel

/// From the frame to an object's own units: place, size and angle undone.
class FromFrame {
 public:
  explicit FromFrame(const Pose& pose)
      : pose_(pose), cosine_(cosine(pose.angle)), sine_(sine(pose.angle)) {}

  Point operator()(Point p) const {
    const int64_t x = (p.x - pose_.centre.x) * kUnit / pose_.radius;
    const int64_t y = (p.y - pose_.centre.y) * kUnit / pose_.radius;
    return {(x * cosine_ + y * sine_) >> kSineBits, (y * cosine_ - x * sine_) >> kSineBits};
  }

 private:
  Pose pose_;
  int64_t cosine_, sine_;
};

struct Placed {
  explicit Placed(const Piece& of) : piece(&of), own(of.pose) {}
  bool covers(Point p) const { return inside(piece->outline, own(p)); }
  const Piece* piece;
  FromFrame own;
};

const Colour& surface(const Instance& object, Point p) {
  for (const Spot& spot : object.spots)
    if (squared_length({p.x - spot.centre.x, p.y - spot.centre.y}) < spot.radius * spot.radius)
      return object.spot_colour;
  const Point q = turned(p, object.texture_angle), origin = object.texture_origin;
  return second_colour(object.texture, {q.x + origin.x, q.y + origin.y}, object.period)
             ? object.second
             : object.first;
}

class View {
 public:
  explicit View(const Scene& scene)
      : scene_(scene),
        own_(scene.pose),
        before_(scene.before.begin(), scene.before.end()),
        behind_(scene.behind.begin(), scene.behind.end()) {}

  /// The unlit colour at a point of the frame, and whether it is the object's.
  const Colour& at(Point p, bool& is_object) const {
    is_object = false;
    for (const Placed& placed : before_)
      if (placed.covers(p)) return placed.piece->colour;
    const Point q = own_(p), upright{q.x, q.y * kUnit / scene_.object.height};
    is_object = inside(scene_.object.outline, upright);
    if (is_object) return surface(scene_.object, upright);
    for (const Placed& placed : behind_)
      if (placed.covers(p)) return placed.piece->colour;
    return scene_.ground;
  }

 private:
  const Scene& scene_;
  FromFrame own_;
  std::vector<Placed> before_, behind_;
};

// Frame coordinate of the middle of cell i of n.
int64_t middle(int64_t i, int64_t n) { return (2 * i + 1) * kFrame / (2 * n); }

int64_t gain(const Light& light, Point p) {
  const int64_t across = light.across * (p.x - kFrame / 2), down = light.down * (p.y - kFrame / 2);
  return std::clamp<int64_t>(light.middle + (across + down) / kFrame, 40, 480);
}

struct PixelSum {
  Colour sum{};
  int64_t object_points = 0;
};

PixelSum look(const View& view, int64_t x, int64_t y, int64_t size) {
  PixelSum out;
  for (int64_t s = 0; s < kPoints * kPoints; ++s) {
    const Point p{middle(x * kPoints + s % kPoints, size * kPoints),
                  middle(y * kPoints + s / kPoints, size * kPoints)};
    bool is_object = false;
    const Colour& colour = view.at(p, is_object);
    for (size_t c = 0; c < 3; ++c) out.sum[c] += colour[c];
    out.object_points += is_object;
  }
  return out;
}

}  // namespace

Picture paint(const Scene& scene, int64_t size, Rng& noise) {
  constexpr int64_t points = kPoints * kPoints;
  const View view(scene);
  Picture out;
  for (int64_t y = 0; y < size; ++y)
    for (int64_t x = 0; x < size; ++x) {
      const PixelSum seen = look(view, x, y, size);
      const int64_t lit = gain(scene.light, {middle(x, size), middle(y, size)});
      for (const int64_t sum : seen.sum) {
        const int64_t value = sum * lit / (256 * points) + noise.integer(-scene.noise, scene.noise);
        out.pixels.push_back(static_cast<uint8_t>(std::clamp<int64_t>(value, 0, 255)));
      }
      out.mask.push_back(2 * seen.object_points > points ? 255 : 0);
    }
  return out;
}

}  // namespace dinobench::shapes
