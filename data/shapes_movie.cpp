// The moving scenes of the drawn set: what they are made of and how each thing moves.
#include <algorithm>

#include "core/error.hpp"
#include "data/shapes_labelled.hpp"

namespace dinobench::shapes {
namespace {

constexpr int64_t kWhole = 1 << 10;  // progress at the last frame

/// What happens in a sequence. Percent: travel and pan of the frame's width, sway of its height,
/// spin of a turn, tumble of the width lost when seen from aside, growth of the radius.
struct Plot {
  const char* name;
  int64_t objects, pillars, travel, pan, sway, spin, tumble, growth;
  bool alike;  // objects of one class
};
constexpr std::array<Plot, 6> kPlots{{
    {"crossing", 2, 0, 62, 8, 4, 12, 0, 0, false},
    {"crowd", 4, 0, 46, 6, 10, 10, 0, 0, true},
    {"panning", 3, 1, 24, 55, 4, 10, 0, 0, false},
    {"pillars", 2, 3, 58, 0, 6, 15, 0, 0, false},
    {"turning", 2, 0, 22, 6, 6, 110, 60, 0, false},
    {"zooming", 3, 0, 20, 10, 4, 8, 20, 70, false},
}};

/// A layer and its change over the whole sequence.
struct Actor {
  Layer layer;
  int64_t travel = 0, sway = 0, sway_start = 0, spin = 0, tumble = 0, growth = 0;
};

struct Movie {
  Stage empty;                // without layers
  std::vector<Actor> actors;  // nearest first
  int64_t brightening = 0;
};

Layer at(const Actor& actor, int64_t progress) {
  Layer layer = actor.layer;
  Pose& pose = layer.pose;
  pose.centre.x += actor.travel * progress / kWhole;
  pose.centre.y += actor.sway * sine(actor.sway_start + kTurn * progress / kWhole) >> kSineBits;
  pose.radius += pose.radius * actor.growth * progress / (100 * kWhole);
  pose.angle += actor.spin * progress / kWhole;
  pose.squeeze -= actor.tumble * std::abs(sine(kTurn * progress / kWhole)) >> kSineBits;
  return layer;
}

Stage stage_at(const Movie& movie, int64_t progress) {
  Stage stage = movie.empty;
  stage.light.middle += movie.brightening * progress / kWhole;
  for (const Actor& actor : movie.actors) stage.layers.push_back(at(actor, progress));
  return stage;
}

Actor drawn_actor(const Plot& plot, const Stage& stage, int64_t number, int64_t label, Rng& rng) {
  const int64_t width = stage.frame_width(), way = number % 2 == 0 ? 1 : -1;
  Actor actor;
  actor.layer.look = draw_instance(class_looks()[static_cast<size_t>(label)], rng);
  actor.layer.id = static_cast<uint8_t>(number + 1);
  Pose& pose = actor.layer.pose;
  const int64_t start = rng.integer(12, 30);
  pose.centre.x = width * (way > 0 ? start : 100 - start) / 100;
  pose.centre.y = kFrame * rng.integer(30, 70) / 100;
  pose.radius = kFrame * rng.integer(17, 26) / 100;
  pose.angle = rng.integer(0, kTurn - 1);
  pose.lean = rng.integer(0, kTurn - 1);
  actor.travel = way * width * plot.travel * rng.integer(85, 115) / 10000;
  actor.sway = kFrame * plot.sway / 100;
  actor.sway_start = rng.integer(0, kTurn - 1);
  actor.spin = way * kTurn * plot.spin / 100;
  actor.tumble = kUnit * plot.tumble / 100;
  actor.growth = way > 0 ? plot.growth : -plot.growth / 2;
  return actor;
}

/// Posts before everything, which the camera's pan moves fastest.
Actor drawn_pillar(const Stage& stage, int64_t place, int64_t pan, Rng& rng) {
  Actor actor;
  actor.layer.look = drawn_clutter(rng);
  actor.layer.look.outline = Outline::square;
  actor.layer.look.height = 20 * kUnit;
  actor.layer.pose = {{stage.frame_width() * place / 100, kFrame / 2},
                      kFrame * rng.integer(5, 9) / 100,
                      rng.integer(-kTurn / 40, kTurn / 40)};
  actor.travel = 2 * pan;
  return actor;
}

Movie drawn_movie(const ShapesConfig& config, const Plot& plot, Rng& rng) {
  constexpr int64_t pieces = 24;
  Movie movie;
  movie.empty = drawn_stage(config.davis.size[0], config.davis.size[1], pieces, rng);
  const int64_t width = movie.empty.frame_width(), pan = -width * plot.pan / 100;
  for (int64_t n = 0; n < plot.pillars; ++n)
    movie.actors.push_back(drawn_pillar(movie.empty, 100 * (n + 1) / (plot.pillars + 1), pan, rng));
  const int64_t first = rng.integer(0, kClasses - 1);
  for (int64_t n = 0; n < plot.objects; ++n)
    movie.actors.push_back(
        drawn_actor(plot, movie.empty, n, plot.alike ? first : (first + 3 * n) % kClasses, rng));
  for (Layer& layer : movie.empty.layers) {  // spread over what the pan will show
    if (pan != 0) layer.pose.centre.x = layer.pose.centre.x * 2 - width / 2;
    movie.actors.push_back({std::move(layer), pan});
  }
  movie.empty.layers.clear();
  movie.brightening = rng.integer(-40, 40);
  return movie;
}

/// How much one sees of the object that one sees least.
int64_t least_visible(const Stage& stage) {
  int64_t least = 100;
  for (size_t i = 0; i < stage.layers.size(); ++i)
    if (stage.layers[i].id != 0) least = std::min(least, visible_percent(stage, i));
  return least;
}

/// The first movie that begins with all objects well seen, else the best of some.
Movie chosen(const ShapesConfig& config, int64_t sequence) {
  constexpr int tries = 100;
  constexpr int64_t enough = 70;
  const Plot& plot = kPlots[static_cast<size_t>(sequence) % kPlots.size()];
  Rng rng(config.seed, "shapes davis", {static_cast<uint64_t>(sequence)});
  Movie best;
  int64_t seen = -1;
  for (int n = 0; n < tries && seen < enough; ++n) {
    Movie movie = drawn_movie(config, plot, rng);
    const int64_t least = least_visible(stage_at(movie, 0));
    if (least > seen) best = std::move(movie), seen = least;
  }
  return best;
}

}  // namespace

std::string davis_name(int64_t sequence) {
  const auto plots = static_cast<int64_t>(kPlots.size());
  const std::string name = kPlots[static_cast<size_t>(sequence % plots)].name;
  return sequence < plots ? name : fmt::format("{}-{}", name, sequence / plots + 1);
}

Stage davis_stage(const ShapesConfig& config, int64_t sequence, int64_t frame) {
  return stage_at(chosen(config, sequence), kWhole * frame / (config.davis.frames - 1));
}

LabelledImage draw_davis(const ShapesConfig& config, int64_t sequence, int64_t frame) {
  const Stage stage = davis_stage(config, sequence, frame);
  Rng noise(config.seed, "shapes davis noise",
            {static_cast<uint64_t>(sequence), static_cast<uint64_t>(frame)});
  Picture picture = paint(stage, noise);
  LabelledImage out;
  out.mask = {stage.width, stage.height, std::move(picture.mask), true};
  out.image = image_of(stage, std::move(picture));
  return out;
}

}  // namespace dinobench::shapes
