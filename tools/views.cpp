// dinobench views: a contact sheet of the multi-crop views that training would see.
#include "data/views.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/error.hpp"
#include "tools/command.hpp"
#include "tools/session.hpp"

namespace dinobench::views_command {
namespace {

struct ViewsConfig {
  int64_t seed = 0, epoch = 0, sample = 0;
  std::string output;
  MultiCropConfig crops;
};

/// Copies `view` onto the sheet with its corner at (x, y).
void paste(const Image& view, int64_t x, int64_t y, Image& sheet) {
  for (int64_t row = 0; row < view.height; ++row) {
    std::memcpy(sheet.pixels.data() + 3 * ((y + row) * sheet.width + x),
                view.pixels.data() + 3 * row * view.width, static_cast<size_t>(3 * view.width));
  }
}

/// Views side by side on white, at most as wide as four global views; a new row where one is full
/// or the size changes.
Image contact_sheet(const std::vector<Image>& views) {
  constexpr int64_t gap = 4;
  const int64_t limit = 4 * (views.front().width + gap) + gap;
  struct Place {
    int64_t x, y;
  };
  std::vector<Place> places;
  int64_t x = gap, y = gap, row_height = views.front().height, width = 0;
  for (const Image& view : views) {
    if (x > gap && (x + view.width + gap > limit || view.height != row_height)) {
      x = gap, y += row_height + gap;
    }
    row_height = view.height;
    places.push_back({x, y});
    x += view.width + gap;
    width = std::max(width, x);
  }
  Image sheet{width, y + row_height + gap, {}};
  sheet.pixels.assign(static_cast<size_t>(3 * sheet.width * sheet.height), 255);
  for (size_t i = 0; i < views.size(); ++i) paste(views[i], places[i].x, places[i].y, sheet);
  return sheet;
}

int run(Options& options, Session& session) {
  ViewsConfig config;
  options.get("output", config.output, "PNG file to write");
  options.get("seed", config.seed, "seed of the run");
  options.get("epoch", config.epoch, "epoch in the address of the draws");
  options.get("sample", config.sample, "index of the image in its data set, in the same address");
  read_options(options, config.crops);
  ready(options, session);
  const std::vector<std::string> words = options.positional();
  require(words.size() == 1, "{} images were given; usage: views IMAGE --seed S --output F.png",
          words.size());
  require(!config.output.empty(), "no --output was given: the PNG file to write");
  require(config.seed >= 0 && config.epoch >= 0 && config.sample >= 0,
          "--seed, --epoch and --sample must not be negative");
  const std::vector<View> views = multi_crop(config.crops);
  if (session.comm.rank() != 0) return 0;
  const Image image = decode_image(std::filesystem::path(words[0]));
  std::vector<Image> made;
  for (size_t v = 0; v < views.size(); ++v) {
    Rng rng(static_cast<uint64_t>(config.seed), "view",
            {static_cast<uint64_t>(config.epoch), static_cast<uint64_t>(config.sample), v});
    made.push_back(views[v].make(image, rng));
  }
  const Image sheet = contact_sheet(made);
  write_png(sheet, config.output);
  session.console.line(
      fmt::format("{}: {} views, {} x {}", config.output, made.size(), sheet.width, sheet.height));
  return 0;
}

[[maybe_unused]] const bool registered =
    Commands::add({"views", "views IMAGE --seed S --output F.png",
                   "a contact sheet of the views of one image that training would see", run});

}  // namespace
}  // namespace dinobench::views_command
