// dinobench data: `make` draws the embedded shapes set in official layouts, `verify` looks at
// public sets.
#include <optional>

#include "core/error.hpp"
#include "data/shapes.hpp"
#include "tools/command.hpp"
#include "tools/data_verify.hpp"
#include "tools/session.hpp"

namespace dinobench::data_command {
namespace {

struct DataConfig {
  std::string output;
  int64_t seed = 0;
  ShapesConfig shapes;
};

void read_parts(Options& options, ShapesConfig& config) {
  RetrievalShapes& retrieval = config.retrieval;
  options.get("retrieval_size", retrieval.size, "pixels a side, 32..512");
  options.get("retrieval_identities", retrieval.identities, "objects that are searched for");
  options.get("retrieval_queries", retrieval.queries, "queries an object");
  options.get("retrieval_easy", retrieval.easy, "easy images an object");
  options.get("retrieval_hard", retrieval.hard, "hard images an object");
  options.get("retrieval_junk", retrieval.junk, "images an object that hardly show it");
  options.get("retrieval_others", retrieval.others, "images of look-alikes");
  CopydaysShapes& copydays = config.copydays;
  options.get("copydays_size", copydays.size, "longer side in pixels, 48..512");
  options.get("copydays_originals", copydays.originals, "pictures that are copied");
  options.get("copydays_distractors", copydays.distractors, "pictures that are not");
  options.get("copydays_whitening", copydays.whitening, "pictures to learn whitening from");
  options.get("voc_size", config.voc.size, "longer side in pixels, 48..512");
  options.get("voc_train", config.voc.train, "images in train.txt");
  options.get("voc_val", config.voc.val, "images in val.txt");
  options.get("davis_size", config.davis.size, "width and height in pixels, 48..1024");
  options.get("davis_sequences", config.davis.sequences, "videos");
  options.get("davis_frames", config.davis.frames, "frames a video");
}

DataConfig read(Options& options) {
  DataConfig config;
  options.get("output", config.output, "folder to make; empty, missing, or this set interrupted");
  options.get("seed", config.seed, "seed of the set: the same bytes on every machine");
  options.get("parts", config.shapes.parts, "what to draw, of these");
  options.get("size", config.shapes.size, "classification: pixels a side, 32..512");
  options.get("train_per_class", config.shapes.train_per_class, "training images a class");
  options.get("val_per_class", config.shapes.val_per_class, "validation images a class");
  read_parts(options, config.shapes);
  return config;
}

bool make(const ShapesConfig& config, const std::string& output, Console& console) {
  int64_t before = 0;
  std::optional<ProgressLine> line;
  return make_shapes(config, output, [&](int64_t done, int64_t total) {
    if (!line) line.emplace(console, "data make", total, "img");
    line->advance(done - before, done - before);
    before = done;
  });
}

int run(Options& options, Session& session) {
  const std::vector<std::string> given = options.positional();
  if (!given.empty() && given[0] == "verify") return verify_data(options, session);
  DataConfig config = read(options);
  ready(options, session);
  const std::vector<std::string> words = options.positional();
  require(words.size() == 1 && words[0] == "make",
          "data: '{}' was given; usage: data make --output DIR --seed S, or data verify NAME "
          "--data_path DIR",
          fmt::join(words, " "));
  require(!config.output.empty(), "no --output was given: the folder to make");
  require(config.seed >= 0, "--seed {}: expected 0 or more", config.seed);
  config.shapes.seed = static_cast<uint64_t>(config.seed);
  if (session.comm.rank() != 0) return 0;
  const bool drawn = make(config.shapes, config.output, session.console);
  session.console.line(fmt::format(
      "{}: {}, seed {}{}", config.output, fmt::join(config.shapes.parts, ", "), config.seed,
      drawn ? "; see README.txt and overview.png there" : ": was finished before, nothing done"));
  return 0;
}

[[maybe_unused]] const bool registered = Commands::add(
    {"data", "data make --output DIR --seed S [--parts P...] | data verify NAME --data_path DIR",
     "draws the embedded shapes data set in official layouts; compares a public set "
     "with what was published of it",
     run});

}  // namespace
}  // namespace dinobench::data_command
