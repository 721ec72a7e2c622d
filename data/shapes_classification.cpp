// classification/{train,val}/<class>/NNNN.png: one object an image, an ImageFolder.
#include "core/error.hpp"
#include "data/shapes_part.hpp"
#include "data/shapes_scene.hpp"

namespace dinobench {
namespace shapes {
namespace {

namespace fs = std::filesystem;

constexpr int kGenerator = 1;  // to be raised when the same seed draws other bytes

void check(const ShapesConfig& config) {
  require(config.size >= 32 && config.size <= 512, "shapes: size {}; expected 32 to 512 pixels",
          config.size);
  require(config.classes >= 2 && config.classes <= kClasses, "shapes: {} classes; expected 2 to {}",
          config.classes, kClasses);
  require(config.train_per_class >= 1 && config.train_per_class <= 99999 &&
              config.val_per_class >= 1 && config.val_per_class <= 99999,
          "shapes: {} training and {} validation images a class; expected 1 to 99999 of each",
          config.train_per_class, config.val_per_class);
}

Plan plan(const ShapesConfig& config, const fs::path& root) {
  check(config);
  Plan out;
  out.settings = fmt::format(
      "generator = {}\nseed = {}\nsize = {}\nclasses = {}\ntrain_per_class = {}\nval_per_class = "
      "{}\n",
      kGenerator, config.seed, config.size, config.classes, config.train_per_class,
      config.val_per_class);
  for (const bool train : {true, false})
    for (int64_t label = 0; label < config.classes; ++label) {
      const fs::path folder = root / "classification" / (train ? "train" : "val") /
                              class_looks()[static_cast<size_t>(label)].name;
      for (int64_t i = 0; i < (train ? config.train_per_class : config.val_per_class); ++i)
        out.jobs.push_back({1, [config, folder, train, label, i] {
                              write_png(draw_shape(config, train, label, i),
                                        folder / fmt::format("{:04}.png", i));
                            }});
    }
  return out;
}

std::vector<std::vector<std::string>> rows() {
  std::vector<std::vector<std::string>> out(2);
  for (const ClassLook& look : class_looks()) {
    out[0].push_back(fmt::format("classification/train/{}/0000.png", look.name));
    out[1].push_back(fmt::format("classification/val/{}/0000.png", look.name));
  }
  return out;
}

[[maybe_unused]] const bool registered = Registry<Part>::add(
    {"classification",
     "classification/{train,val}/<class>/NNNN.png, an ImageFolder: one object an image among dull "
     "clutter. A class is an outline with a texture and two hues; every image shows another "
     "instance.",
     ".", plan, rows()});

}  // namespace
}  // namespace shapes

std::vector<std::string> shapes_class_names() {
  std::vector<std::string> out;
  for (const shapes::ClassLook& look : shapes::class_looks()) out.emplace_back(look.name);
  return out;
}

MaskedImage draw_shape_and_mask(const ShapesConfig& config, bool train, int64_t label,
                                int64_t index) {
  shapes::check(config);
  require(label >= 0 && label < config.classes, "shapes: class {} of {}", label, config.classes);
  const uint64_t split = train ? 0 : 1, c = static_cast<uint64_t>(label),
                 i = static_cast<uint64_t>(index);
  Rng instance(config.seed, "shapes instance", {split, c, i});
  Rng scene(config.seed, "shapes scene", {split, c, i});
  Rng noise(config.seed, "shapes noise", {split, c, i});
  const auto object =
      shapes::draw_instance(shapes::class_looks()[static_cast<size_t>(c)], instance);
  shapes::Picture seen = shapes::paint(shapes::draw_scene(object, scene), config.size, noise);
  return {{config.size, config.size, std::move(seen.pixels)}, std::move(seen.mask)};
}

Image draw_shape(const ShapesConfig& config, bool train, int64_t label, int64_t index) {
  return draw_shape_and_mask(config, train, label, index).image;
}

}  // namespace dinobench
