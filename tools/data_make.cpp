// dinobench data make: draws the embedded shapes set in official layouts.
#include <optional>

#include "core/error.hpp"
#include "data/shapes.hpp"
#include "tools/command.hpp"
#include "tools/session.hpp"

namespace dinobench::data_command {
namespace {

struct DataConfig {
  std::string output;
  int64_t seed = 0;
  ShapesConfig shapes;
};

DataConfig read(Options& options) {
  DataConfig config;
  options.get("output", config.output, "folder to make; empty, missing, or this set interrupted");
  options.get("seed", config.seed, "seed of the set: the same bytes on every machine");
  options.get("size", config.shapes.size, "pixels a side, 32..512");
  options.get("train_per_class", config.shapes.train_per_class, "training images a class");
  options.get("val_per_class", config.shapes.val_per_class, "validation images a class");
  return config;
}

bool make(const ShapesConfig& config, const std::string& output, Console& console) {
  const int64_t total = config.classes * (config.train_per_class + config.val_per_class);
  int64_t before = 0;
  std::optional<ProgressLine> line;
  return make_shapes(config, output, [&](int64_t done, int64_t) {
    if (!line) line.emplace(console, "data make", total, "img");
    line->advance(done - before, done - before);
    before = done;
  });
}

int run(Options& options, Session& session) {
  DataConfig config = read(options);
  ready(options, session);
  const std::vector<std::string> words = options.positional();
  require(words.size() == 1 && words[0] == "make",
          "data: '{}' was given; usage: data make --output DIR --seed S", fmt::join(words, " "));
  require(!config.output.empty(), "no --output was given: the folder to make");
  require(config.seed >= 0, "--seed {}: expected 0 or more", config.seed);
  config.shapes.seed = static_cast<uint64_t>(config.seed);
  if (session.comm.rank() != 0) return 0;
  const bool drawn = make(config.shapes, config.output, session.console);
  session.console.line(fmt::format(
      "{}: {} classes, {} training and {} validation images a class, {} x {} pixels, seed {}{}",
      config.output, config.shapes.classes, config.shapes.train_per_class,
      config.shapes.val_per_class, config.shapes.size, config.shapes.size, config.seed,
      drawn ? "" : ": was finished before, nothing done"));
  return 0;
}

[[maybe_unused]] const bool registered =
    Commands::add({"data", "data make --output DIR --seed S [--size N]",
                   "draws the embedded shapes data set in official layouts", run});

}  // namespace
}  // namespace dinobench::data_command
