// The rasteriser: a stage to pixels and ids, by looking at nine points of each pixel.
#include <algorithm>
#include <array>

#include "data/shapes_placed.hpp"

namespace dinobench::shapes {
namespace {

constexpr int64_t kPoints = 3;  // a side of a pixel

using Ids = std::array<uint8_t, kPoints * kPoints>;

class View {
 public:
  explicit View(const Stage& stage)
      : stage_(stage), all_(stage.layers.begin(), stage.layers.end()) {}

  /// Only layers that reach these rows of the frame are looked at from now on.
  void enter(int64_t top, int64_t bottom) {
    row_.clear();
    for (const Placed& placed : all_)
      if (placed.reaches(top, bottom)) row_.push_back(&placed);
  }

  const Layer* nearest(Point p) const {
    Point own;
    for (const Placed* placed : row_)
      if (placed->covers(p, own)) return placed->layer;
    return nullptr;
  }

  /// The unlit colour at a point of the frame, and whose it is.
  const Colour& at(Point p, uint8_t& id) const {
    Point own;
    for (const Placed* placed : row_)
      if (placed->covers(p, own)) {
        id = placed->layer->id;
        return placed->surface(own);
      }
    id = 0;
    return stage_.ground;
  }

 private:
  const Stage& stage_;
  std::vector<Placed> all_;
  std::vector<const Placed*> row_;
};

// Frame coordinate of the middle of cell i, of n in the frame's height.
int64_t middle(int64_t i, int64_t n) { return (2 * i + 1) * kFrame / (2 * n); }

int64_t gain(const Stage& stage, Point p) {
  const int64_t across = stage.light.across * (p.x - stage.frame_width() / 2),
                down = stage.light.down * (p.y - kFrame / 2);
  return std::clamp<int64_t>(stage.light.middle + (across + down) / kFrame, 40, 480);
}

uint8_t most_of(const Ids& ids) {
  uint8_t best = ids[0];
  int64_t most = 0;
  for (const uint8_t id : ids) {
    const int64_t count = std::count(ids.begin(), ids.end(), id);
    if (count > most || (count == most && id < best)) best = id, most = count;
  }
  return best;
}

Colour look(const View& view, int64_t x, int64_t y, int64_t height, Ids& ids) {
  Colour sum{};
  for (int64_t s = 0; s < kPoints * kPoints; ++s) {
    const Point p{middle(x * kPoints + s % kPoints, height * kPoints),
                  middle(y * kPoints + s / kPoints, height * kPoints)};
    const Colour& colour = view.at(p, ids[static_cast<size_t>(s)]);
    for (size_t c = 0; c < 3; ++c) sum[c] += colour[c];
  }
  return sum;
}

}  // namespace

Picture paint(const Stage& stage, Rng& noise) {
  constexpr int64_t points = kPoints * kPoints;
  View view(stage);
  Picture out;
  Ids ids{};
  for (int64_t y = 0; y < stage.height; ++y) {
    view.enter(middle(y, stage.height) - kFrame / stage.height,
               middle(y, stage.height) + kFrame / stage.height);
    for (int64_t x = 0; x < stage.width; ++x) {
      const Colour sum = look(view, x, y, stage.height, ids);
      const int64_t lit = gain(stage, {middle(x, stage.height), middle(y, stage.height)});
      for (size_t c = 0; c < 3; ++c) {
        const int64_t value = sum[c] * lit * stage.light.tint[c] / (256 * 256 * points) +
                              noise.integer(-stage.noise, stage.noise);
        out.pixels.push_back(static_cast<uint8_t>(std::clamp<int64_t>(value, 0, 255)));
      }
      out.mask.push_back(most_of(ids));
    }
  }
  return out;
}

int64_t visible_percent(const Stage& stage, size_t index) {
  constexpr int64_t cells = 24;
  const Placed object(stage.layers[index]);
  const Pose& pose = stage.layers[index].pose;
  const int64_t step = 2 * pose.radius / cells;
  View view(stage);
  int64_t all = 0, seen = 0;
  for (int64_t y = pose.centre.y - cells * step; y <= pose.centre.y + cells * step; y += step) {
    view.enter(y, y);
    for (int64_t x = pose.centre.x - cells * step; x <= pose.centre.x + cells * step; x += step) {
      Point own;
      if (!object.covers({x, y}, own)) continue;
      ++all;
      const bool in_frame = x >= 0 && y >= 0 && x < stage.frame_width() && y < kFrame;
      seen += in_frame && view.nearest({x, y}) == object.layer;
    }
  }
  return all == 0 ? 0 : 100 * seen / all;
}

}  // namespace dinobench::shapes
