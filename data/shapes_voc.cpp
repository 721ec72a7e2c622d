// voc/VOC2012: several objects an image with instance and class masks, in PASCAL VOC's layout.
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/shapes_labelled.hpp"
#include "data/shapes_part.hpp"
#include "data/write_jpeg.hpp"

namespace dinobench::shapes::voc_part {
namespace {

namespace fs = std::filesystem;

constexpr int kGenerator = 1;  // to be raised when the same seed draws other bytes
constexpr int kQuality = 92;   // of the JPEGs
constexpr uint8_t kVoid = 255;

void check(const ShapesConfig& config) {
  const VocShapes& asked = config.voc;
  check_range("voc_size", asked.size, 48, 512);
  check_range("voc_train", asked.train, 1, 99999);
  check_range("voc_val", asked.val, 1, 99999);
}

/// Pixels that touch another object's, or the ground's, are void.
Mask with_border(const Mask& mask) {
  Mask out = mask;
  const auto at = [&](int64_t x, int64_t y) {
    return mask.values[static_cast<size_t>(y * mask.width + x)];
  };
  for (int64_t y = 0; y < mask.height; ++y)
    for (int64_t x = 0; x < mask.width; ++x) {
      const uint8_t own = at(x, y);
      if ((x > 0 && at(x - 1, y) != own) || (x + 1 < mask.width && at(x + 1, y) != own) ||
          (y > 0 && at(x, y - 1) != own) || (y + 1 < mask.height && at(x, y + 1) != own))
        out.values[static_cast<size_t>(y * mask.width + x)] = kVoid;
    }
  return out;
}

std::string name_of(bool train, int64_t index) {
  return fmt::format("2012_{:06}", index + (train ? 0 : 100000));
}

void write_image(const ShapesConfig& config, const fs::path& folder, bool train, int64_t index) {
  const LabelledImage drawn = draw_voc(config, train, index);
  const std::string name = name_of(train, index);
  write_jpeg(drawn.image, folder / "JPEGImages" / (name + ".jpg"), kQuality);
  Mask objects = with_border(drawn.mask), classes = objects;
  for (uint8_t& value : classes.values)
    if (value != 0 && value != kVoid)
      value = static_cast<uint8_t>(1 + drawn.labels[static_cast<size_t>(value) - 1]);
  write_mask(objects, folder / "SegmentationObject" / (name + ".png"));
  write_mask(classes, folder / "SegmentationClass" / (name + ".png"));
}

void write_lists(const ShapesConfig& config, const fs::path& folder) {
  std::string train, val;
  for (int64_t i = 0; i < config.voc.train; ++i) train += name_of(true, i) + "\n";
  for (int64_t i = 0; i < config.voc.val; ++i) val += name_of(false, i) + "\n";
  for (const auto& [name, text] :
       {std::pair{"train", train}, {"val", val}, {"trainval", train + val}}) {
    AtomicFile out(folder / "ImageSets/Segmentation" / fmt::format("{}.txt", name));
    out.write(text);
    out.commit();
  }
}

Plan plan(const ShapesConfig& config, const fs::path& root) {
  check(config);
  const VocShapes& asked = config.voc;
  const fs::path folder = root / "voc/VOC2012";
  Plan out;
  out.settings = fmt::format("generator = {}\nseed = {}\nsize = {}\ntrain = {}\nval = {}\n",
                             kGenerator, config.seed, asked.size, asked.train, asked.val);
  for (const bool train : {true, false})
    for (int64_t i = 0; i < (train ? asked.train : asked.val); ++i)
      out.jobs.push_back({1, [=] { write_image(config, folder, train, i); }});
  out.jobs.push_back({0, [=] { write_lists(config, folder); }});
  return out;
}

std::vector<std::vector<std::string>> rows() {
  std::vector<std::vector<std::string>> out;
  for (const char* form :
       {"JPEGImages/{}.jpg", "SegmentationObject/{}.png", "SegmentationClass/{}.png"}) {
    auto& row = out.emplace_back();
    for (int64_t i = 0; i < 10; ++i)
      row.push_back("voc/VOC2012/" + fmt::format(fmt::runtime(form), name_of(i < 5, i % 5)));
  }
  return out;
}

[[maybe_unused]] const bool registered = Registry<Part>::add(
    {"voc",
     "voc/VOC2012/{JPEGImages,SegmentationObject,SegmentationClass,ImageSets/Segmentation}, as "
     "PASCAL VOC: up to five objects an image among clutter, which may cover each other. Masks are "
     "exact but for a void (255) border of one pixel on each side of every edge; class indices are "
     "those of classification/ plus one.",
     "voc", plan, rows()});

}  // namespace

}  // namespace dinobench::shapes::voc_part
