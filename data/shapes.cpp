// One image of the drawn set by its address, and the whole set on disk.
#include "data/shapes.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
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

std::string settings_text(const ShapesConfig& config, bool finished) {
  return fmt::format(
      "dinobench shapes\ngenerator = {}\nseed = {}\nsize = {}\nclasses = {}\n"
      "train_per_class = {}\nval_per_class = {}\n{}",
      kGenerator, config.seed, config.size, config.classes, config.train_per_class,
      config.val_per_class, finished ? "finished\n" : "");
}

void write_settings(const ShapesConfig& config, const fs::path& file, bool finished) {
  AtomicFile out(file);
  out.write(settings_text(config, finished));
  out.commit();
}

// Whether the finished set is there. Nothing, or this very set unfinished, is the way to start.
bool is_finished(const ShapesConfig& config, const fs::path& root) {
  const fs::path file = root / "shapes.txt";
  if (!fs::exists(root) || (fs::is_directory(root) && fs::is_empty(root))) return false;
  require(fs::is_directory(root), "{}: is not a folder; the shapes set needs one", root.string());
  require(fs::is_regular_file(file),
          "{}: holds files that are no shapes set; expected an empty or missing folder",
          root.string());
  const std::string seen = read_file(file);
  if (seen == settings_text(config, true)) return true;
  require(seen == settings_text(config, false),
          "{}: holds a shapes set of other settings (see its shapes.txt); choose another folder or "
          "remove it",
          root.string());
  return false;
}

/// One folder of images: a class in a split.
struct Folder {
  bool train = true;
  int64_t label = 0, images = 0;
  fs::path path;
};

std::vector<Folder> folders(const ShapesConfig& config, const fs::path& root) {
  std::vector<Folder> out;
  for (const bool train : {true, false})
    for (int64_t label = 0; label < config.classes; ++label)
      out.push_back({train, label, train ? config.train_per_class : config.val_per_class,
                     root / "classification" / (train ? "train" : "val") /
                         class_looks()[static_cast<size_t>(label)].name});
  return out;
}

/// Calls work(i) for first <= i < last from all cores; throws the first exception of any of them.
void on_all_cores(int64_t first, int64_t last, const std::function<void(int64_t)>& work) {
  std::atomic<int64_t> next = first;
  std::exception_ptr error;
  std::mutex guard;
  const auto take = [&] {
    try {
      for (int64_t i = next++; i < last; i = next++) work(i);
    } catch (...) {
      next = last;
      const std::lock_guard lock(guard);
      if (!error) error = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned n = std::max(1u, std::thread::hardware_concurrency()); n > 0; --n)
      threads.emplace_back(take);
  }
  if (error) std::rethrow_exception(error);
}

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

bool make_shapes(const ShapesConfig& config, const std::filesystem::path& root,
                 const std::function<void(int64_t, int64_t)>& progress) {
  constexpr int64_t at_once = 100;
  shapes::check(config);
  if (shapes::is_finished(config, root)) return false;
  std::error_code error;
  std::filesystem::create_directories(root, error);
  require(!error, "{}: cannot make the folder: {}", root.string(), error.message());
  shapes::write_settings(config, root / "shapes.txt", false);
  int64_t done = 0;
  const int64_t total = config.classes * (config.train_per_class + config.val_per_class);
  for (const shapes::Folder& folder : shapes::folders(config, root)) {
    std::filesystem::create_directories(folder.path);
    for (int64_t first = 0; first < folder.images; first += at_once) {
      const int64_t last = std::min(first + at_once, folder.images);
      shapes::on_all_cores(first, last, [&](int64_t i) {
        const Image image = draw_shape(config, folder.train, folder.label, i);
        write_png(image, folder.path / fmt::format("{:04}.png", i));
      });
      done += last - first;
      progress(done, total);
    }
  }
  shapes::write_settings(config, root / "shapes.txt", true);
  return true;
}

}  // namespace dinobench
