// The painter of many objects against a plain twin, and what the labelled parts promise of it.
#include "data/shapes_stage.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "data/shapes_labelled.hpp"
#include "data/shapes_retrieval.hpp"
#include "tests/test_light.hpp"

namespace dinobench {
namespace shapes_stage_test {

using namespace shapes;

/// Painted back to front at three times the size, point by point, nothing left out; then blocks of
/// nine are averaged and vote. Light and noise are not part of it.
struct Canvas {
  int64_t width, height;
  std::vector<shapes::Colour> colours;
  std::vector<uint8_t> ids;
};

Point own_place(const Layer& layer, Point p) {
  const Pose& pose = layer.pose;
  Point d{p.x - pose.centre.x, p.y - pose.centre.y};
  if (pose.squeeze != kUnit) {
    const int64_t c = cosine(pose.lean), s = sine(pose.lean);
    const Point straight{(d.x * c + d.y * s) >> kSineBits, (d.y * c - d.x * s) >> kSineBits};
    d = turned({straight.x * kUnit / pose.squeeze, straight.y}, pose.lean);
  }
  d = {d.x * kUnit / pose.radius, d.y * kUnit / pose.radius};
  const int64_t c = cosine(pose.angle), s = sine(pose.angle);
  return {(d.x * c + d.y * s) >> kSineBits,
          ((d.y * c - d.x * s) >> kSineBits) * kUnit / layer.look.height};
}

shapes::Colour colour_at(const Instance& look, Point p) {
  Point q = turned(p, look.texture_angle);
  q = {q.x + look.texture_origin.x, q.y + look.texture_origin.y};
  shapes::Colour out = second_colour(look.texture, q, look.period) ? look.second : look.first;
  for (const Spot& spot : look.spots)
    if (squared_length({p.x - spot.centre.x, p.y - spot.centre.y}) < spot.radius * spot.radius)
      out = look.spot_colour;
  return out;
}

Canvas painted_back_to_front(const Stage& stage) {
  Canvas canvas{3 * stage.width, 3 * stage.height, {}, {}};
  const auto points = static_cast<size_t>(canvas.width * canvas.height);
  canvas.colours.assign(points, stage.ground);
  canvas.ids.assign(points, 0);
  for (size_t l = stage.layers.size(); l-- > 0;)
    for (int64_t i = 0; i < canvas.width * canvas.height; ++i) {
      const Point p{(2 * (i % canvas.width) + 1) * kFrame / (2 * canvas.height),
                    (2 * (i / canvas.width) + 1) * kFrame / (2 * canvas.height)};
      const Point own = own_place(stage.layers[l], p);
      if (!inside(stage.layers[l].look.outline, own)) continue;
      canvas.colours[static_cast<size_t>(i)] = colour_at(stage.layers[l].look, own);
      canvas.ids[static_cast<size_t>(i)] = stage.layers[l].id;
    }
  return canvas;
}

void require_same(const Stage& stage, const Picture& seen) {
  const Canvas canvas = painted_back_to_front(stage);
  for (int64_t i = 0; i < stage.width * stage.height; ++i) {
    std::array<int64_t, 256> votes{};
    shapes::Colour sum{};
    for (int64_t s = 0; s < 9; ++s) {
      const auto at = static_cast<size_t>((i / stage.width * 3 + s / 3) * canvas.width +
                                          i % stage.width * 3 + s % 3);
      ++votes[canvas.ids[at]];
      for (size_t c = 0; c < 3; ++c) sum[c] += canvas.colours[at][c];
    }
    const auto winner = std::max_element(votes.begin(), votes.end()) - votes.begin();
    REQUIRE(seen.mask[static_cast<size_t>(i)] == winner);
    for (size_t c = 0; c < 3; ++c)
      REQUIRE(seen.pixels[3 * static_cast<size_t>(i) + c] == sum[c] / 9);
  }
}

Stage without_light(Stage stage) {
  stage.light = {};
  stage.noise = 0;
  return stage;
}

std::set<int64_t> ids_of(const Mask& mask) { return {mask.values.begin(), mask.values.end()}; }

std::set<int64_t> up_to(int64_t last) {
  std::set<int64_t> out;
  for (int64_t i = 0; i <= last; ++i) out.insert(i);
  return out;
}

}  // namespace shapes_stage_test
using namespace shapes_stage_test;

TEST_CASE("shapes: pixels and ids are those of a plain painter, in wide, high and moving scenes") {
  ShapesConfig config;
  config.davis.size = {60, 36};
  Rng noise(0, "test", {});
  for (int64_t sequence = 0; sequence < 6; ++sequence) {
    const Stage stage = without_light(davis_stage(config, sequence, 3 * sequence));
    require_same(stage, paint(stage, noise));
  }
  Rng rng(1, "test", {});
  Stage high = without_light(drawn_view(30, 44, 5, rng));
  for (size_t l = 0; l < high.layers.size(); ++l) {
    high.layers[l].id = static_cast<uint8_t>(l * 7 % 5);
    high.layers[l].pose.squeeze = kUnit * static_cast<int64_t>(40 + 3 * l) / 100;
    high.layers[l].pose.lean = static_cast<int64_t>(500 * l);
  }
  require_same(high, paint(high, noise));
}

TEST_CASE("shapes: half covered, half out of the frame and wholly seen objects are told apart") {
  Layer square;
  square.look.outline = Outline::square;
  square.pose = {{kFrame / 2, kFrame / 2}, kFrame / 4, 0};
  Stage stage{64, 64, {square}, {}, {}, 0};
  REQUIRE(visible_percent(stage, 0) == 100);
  stage.layers[0].pose.centre.x = 0;
  REQUIRE(visible_percent(stage, 0) == Approx(50).margin(4));
  Layer cover = square;
  cover.pose.centre.y += cover.pose.radius * 7 / 8;  // its upper side through the middle
  stage.layers = {cover, square};
  REQUIRE(visible_percent(stage, 1) == Approx(50).margin(4));
  REQUIRE(visible_percent(stage, 0) == 100);
}

TEST_CASE("shapes: a tint scales its channel alone") {
  Stage stage{4, 4, {}, {100, 100, 100}, {}, 0};
  stage.light.tint = {128, 256, 384};
  Rng noise(0, "test", {});
  const std::vector<uint8_t> pixels = paint(stage, noise).pixels;
  REQUIRE(std::vector<uint8_t>(pixels.begin(), pixels.begin() + 3) ==
          std::vector<uint8_t>{50, 100, 150});
}

TEST_CASE("shapes: segmentation images hold objects 1..n, each with its class") {
  ShapesConfig config;
  config.voc.size = 64;
  int64_t most = 0;
  for (int64_t i = 0; i < 30; ++i) {
    const LabelledImage drawn = draw_voc(config, i % 2 == 0, i);
    const auto objects = static_cast<int64_t>(drawn.labels.size());
    REQUIRE(objects >= 1);
    REQUIRE(ids_of(drawn.mask) == up_to(objects));
    for (const int64_t label : drawn.labels) REQUIRE((label >= 0 && label < 10));
    REQUIRE(std::max(drawn.image.width, drawn.image.height) == 64);
    most = std::max(most, objects);
  }
  REQUIRE(most >= 3);
}

TEST_CASE("shapes: a video starts with all its objects, keeps their ids and moves") {
  ShapesConfig config;
  config.davis.size = {80, 48};
  for (int64_t sequence = 0; sequence < 8; ++sequence) {
    const LabelledImage first = draw_davis(config, sequence, 0);
    const std::set<int64_t> ids = ids_of(first.mask);
    REQUIRE(ids == up_to(*ids.rbegin()));
    REQUIRE(ids.size() >= 3);
    const LabelledImage last = draw_davis(config, sequence, config.davis.frames - 1);
    REQUIRE(std::ranges::includes(ids, ids_of(last.mask)));
    REQUIRE(last.mask.values != first.mask.values);
  }
  REQUIRE(davis_name(0) == "crossing");
  REQUIRE(davis_name(6) == "crossing-2");
}

TEST_CASE("shapes: a grade shows as much of the object as it says, within its box") {
  ShapesConfig config;
  config.retrieval.size = 64;
  for (int64_t id = 0; id < 6; ++id)
    for (const auto& [grade, low, high] : {std::tuple{Grade::query, 97, 100},
                                           {Grade::easy, 78, 100},
                                           {Grade::hard, 38, 72},
                                           {Grade::junk, 4, 18}}) {
      const ObjectView view = draw_view_of(config, id, grade, 0);
      REQUIRE((view.visible >= low && view.visible <= high));
      const auto& [left, top, right, bottom] = view.box;
      REQUIRE((0 <= left && left < right && right <= 64));
      REQUIRE((0 <= top && top < bottom && bottom <= 64));
      if (grade == Grade::query) REQUIRE(right - left > 64 / 3);
    }
}

TEST_CASE("shapes: identities differ, and keep their look from picture to picture") {
  std::set<std::tuple<Outline, Texture, shapes::Colour, shapes::Colour, int64_t>> looks;
  for (int64_t id = 0; id < 200; ++id) {
    const Instance look = identity(0, id), again = identity(0, id);
    REQUIRE(look.first == again.first);
    REQUIRE(look.texture_angle == again.texture_angle);
    looks.insert({look.outline, look.texture, look.first, look.second, look.period});
  }
  REQUIRE(looks.size() == 200);
  REQUIRE(identity(0, 4).outline == identity(0, 5).outline);
  REQUIRE(identity(0, 4).texture == identity(0, 5).texture);
}

}  // namespace dinobench
