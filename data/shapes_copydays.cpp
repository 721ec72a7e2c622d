// copydays/{original,strong,jpegqual/*,crops/*,distractors,whitening}: the layout of INRIA
// Copydays. File names are its own: 200000.jpg, 200100.jpg ... and 200001.jpg, 200002.jpg for
// strong copies of 2000.
#include <algorithm>

#include "core/error.hpp"
#include "data/shapes_edits.hpp"
#include "data/shapes_part.hpp"
#include "data/shapes_stage.hpp"
#include "data/write_jpeg.hpp"

namespace dinobench::shapes::copydays_part {
namespace {

namespace fs = std::filesystem;

constexpr int kGenerator = 1;  // to be raised when the same seed draws other bytes
constexpr int kQuality = 90;   // of the JPEGs, but for the recompressed ones
constexpr std::array kQualities{3, 5, 8, 10, 15, 20, 30, 50, 75};
constexpr std::array kRemoved{10, 15, 20, 30, 40, 50, 60, 70, 80};  // percent of the surface

void check(const ShapesConfig& config) {
  const CopydaysShapes& asked = config.copydays;
  check_range("copydays_size", asked.size, 48, 512);
  check_range("copydays_originals", asked.originals, 2, 1000);
  check_range("copydays_distractors", asked.distractors, 1, 99999);
  check_range("copydays_whitening", asked.whitening, 1, 99999);
}

/// A picture of its own by purpose and number, wide or high.
Image draw_photograph(const ShapesConfig& config, std::string_view purpose, int64_t index) {
  Rng rng(config.seed, purpose, {static_cast<uint64_t>(index)});
  const int64_t longer = config.copydays.size, shorter = longer * 3 / 4;
  const bool wide = rng.integer(0, 2) > 0;
  const int64_t objects = rng.integer(3, 6);
  const Stage stage = drawn_view(wide ? longer : shorter, wide ? shorter : longer, objects, rng);
  return image_of(stage, paint(stage, rng));
}

/// The strong copies, each by several edits one after another.
Image strong_copy(const ShapesConfig& config, const Image& image, int64_t kind, Rng& rng) {
  switch (kind) {
    case 0:
      return printed(image, rng);
    case 1:
      return recoloured(turned_picture(image, 120, rng), rng);
    case 2:
      return painted(blurred(image, 2), rng);
    case 3: {
      const int64_t other = rng.integer(0, 1 << 20);
      return inserted(image, draw_photograph(config, "shapes copydays frame", other), rng);
    }
    case 4:
      return greyed(cropped(image, 70, rng));
    case 5:
      return printed(recoloured(cropped(image, 45, rng), rng), rng);
    default:
      return painted(turned_picture(blurred(image, 1), 75, rng), rng);
  }
}
constexpr int64_t kKinds = 7;

std::string name_of(int64_t original, int64_t copy) {
  return fmt::format("{:04}{:02}.jpg", 2000 + original, copy);
}

/// One original and all that is made of it; every second one has two strong copies.
void write_family(const ShapesConfig& config, const fs::path& folder, int64_t original) {
  const Image image = draw_photograph(config, "shapes copydays original", original);
  const std::string name = name_of(original, 0);
  write_jpeg(image, folder / "original" / name, kQuality);
  for (const int quality : kQualities)
    write_jpeg(image, folder / "jpegqual" / std::to_string(quality) / name, quality);
  Rng rng(config.seed, "shapes copydays edits", {static_cast<uint64_t>(original)});
  for (const int removed : kRemoved)
    write_jpeg(cropped(image, removed, rng), folder / "crops" / std::to_string(removed) / name,
               kQuality);
  for (int64_t copy = 1; copy <= 1 + original % 2; ++copy) {
    const int64_t kind = (original + 3 * copy) % kKinds;
    write_jpeg(strong_copy(config, image, kind, rng), folder / "strong" / name_of(original, copy),
               75);
  }
}

Plan plan(const ShapesConfig& config, const fs::path& root) {
  check(config);
  const CopydaysShapes& asked = config.copydays;
  const fs::path folder = root / "copydays";
  Plan out;
  out.settings = fmt::format(
      "generator = {}\nseed = {}\nsize = {}\noriginals = {}\ndistractors = {}\nwhitening = {}\n",
      kGenerator, config.seed, asked.size, asked.originals, asked.distractors, asked.whitening);
  for (int64_t i = 0; i < asked.originals; ++i)
    out.jobs.push_back({static_cast<int64_t>(2 + kQualities.size() + kRemoved.size()) + i % 2,
                        [=] { write_family(config, folder, i); }});
  for (const auto& [name, count] :
       {std::pair{"distractors", asked.distractors}, {"whitening", asked.whitening}})
    for (int64_t i = 0; i < count; ++i)
      out.jobs.push_back({1, [=, block = std::string(name)] {
                            write_jpeg(draw_photograph(config, "shapes copydays " + block, i),
                                       folder / block / fmt::format("{:06}.jpg", i), kQuality);
                          }});
  return out;
}

std::vector<std::vector<std::string>> rows() {
  std::vector<std::vector<std::string>> out;
  for (const int64_t original : {1, 3}) {
    auto& row = out.emplace_back();
    for (const char* block : {"original", "jpegqual/3", "jpegqual/10", "jpegqual/30", "crops/10",
                              "crops/30", "crops/50", "crops/80"})
      row.push_back(fmt::format("copydays/{}/{}", block, name_of(original, 0)));
    for (const int64_t copy : {1, 2})
      row.push_back(fmt::format("copydays/strong/{}", name_of(original, copy)));
  }
  for (const auto& [block, copy] : {std::pair{"original", 0}, {"strong", 1}}) {
    auto& row = out.emplace_back();
    for (int64_t i = 4; i < 14; ++i)
      row.push_back(fmt::format("copydays/{}/{}", block, name_of(i, copy)));
  }
  auto& row = out.emplace_back();
  for (int64_t i = 0; i < 10; ++i)
    row.push_back(fmt::format("copydays/{}/{:06}.jpg", i < 5 ? "distractors" : "whitening", i));
  return out;
}

[[maybe_unused]] const bool registered = Registry<Part>::add(
    {"copydays",
     "copydays/{original,strong,jpegqual/*,crops/*}, as INRIA Copydays, with distractors/ and "
     "whitening/ beside them: busy pictures and their copies. jpegqual/Q is the original at JPEG "
     "quality Q, crops/X has lost X percent of its surface (at a drawn place, not scaled back), "
     "strong are prints, turns, paint, blur, colours and combinations; the first four characters "
     "of a strong copy's name are its original's.",
     "copydays", plan, rows()});

}  // namespace
}  // namespace dinobench::shapes::copydays_part
