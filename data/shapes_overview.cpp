// README.txt and overview.png of a drawn set, from what lies on the disk.
#include <algorithm>
#include <map>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/shapes_part.hpp"
#include "data/transforms.hpp"

namespace dinobench::shapes {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kPicture = 96, kGap = 8;  // pixels of the contact sheet

/// "360 .jpg" of a part's folders.
std::string counted(const fs::path& folder) {
  std::map<std::string, int64_t> counts;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) ++counts[entry.path().extension().string()];
  std::vector<std::string> out;
  for (const std::string kind : {".jpg", ".png"})
    if (counts.count(kind) > 0) out.push_back(fmt::format("{} {}", counts[kind], kind));
  return fmt::format("{}", fmt::join(out, ", "));
}

std::string paragraph(const Part& part, const fs::path& root) {
  std::string settings = read_file(root / part.folder / "shapes.txt");
  settings = settings.substr(settings.find('\n') + 1);
  settings = settings.substr(0, settings.rfind("finished"));
  std::replace(settings.begin(), settings.end(), '\n', ';');
  return fmt::format("{}/ ({} files)\n  {}\n  {}\n\n", part.name, counted(root / part.name),
                     part.about, settings);
}

std::string readme(const std::vector<const Part*>& parts, const fs::path& root) {
  std::string out =
      "The shapes data set of dinobench: objects drawn by the program (`dinobench data make`), in "
      "the layouts\nthat real data sets have. The pixels are the same on every machine for a seed "
      "and these settings.\n\n";
  for (const Part* part : parts) out += paragraph(*part, root);
  return out + "overview.png shows every part, in this order.\n";
}

/// The picture as large as fits into a cell, masks in their palette's colours.
Image cell(const fs::path& file) {
  const Image image = decode_image(file);
  const int64_t longer = std::max(image.width, image.height);
  const auto fitted = [&](int64_t side) { return std::max<int64_t>(1, side * kPicture / longer); };
  const Filter filter = file.extension() == ".png" ? Filter::nearest : Filter::bilinear;
  return resize(image, fitted(image.width), fitted(image.height), filter);
}

void put(const Image& picture, Image& sheet, int64_t left, int64_t top) {
  for (int64_t y = 0; y < picture.height; ++y)
    std::copy_n(picture.pixels.begin() + 3 * picture.width * y, 3 * picture.width,
                sheet.pixels.begin() + 3 * (sheet.width * (top + y) + left));
}

using Row = std::vector<Image>;

std::vector<Row> rows_of(const std::vector<const Part*>& parts, const fs::path& root) {
  std::vector<Row> out;
  for (const Part* part : parts) {
    for (const auto& names : part->rows) {
      Row& row = out.emplace_back();
      for (const std::string& name : names)
        if (fs::is_regular_file(root / name)) row.push_back(cell(root / name));
    }
    out.emplace_back();  // a gap
  }
  return out;
}

int64_t height_of(const Row& row) {
  int64_t most = kGap;
  for (const Image& image : row) most = std::max(most, image.height + kGap);
  return most;
}

Image overview(const std::vector<const Part*>& parts, const fs::path& root) {
  const std::vector<Row> rows = rows_of(parts, root);
  size_t columns = 1;
  Image sheet{0, kGap, {}};
  for (const Row& row : rows) {
    columns = std::max(columns, row.size());
    sheet.height += height_of(row);
  }
  sheet.width = (kPicture + kGap) * static_cast<int64_t>(columns) + kGap;
  sheet.pixels.assign(static_cast<size_t>(3 * sheet.width * sheet.height), 255);
  int64_t top = kGap;
  for (const Row& row : rows) {
    int64_t left = kGap;
    for (const Image& image : row) {
      put(image, sheet, left, top);
      left += kPicture + kGap;
    }
    top += height_of(row);
  }
  return sheet;
}

}  // namespace

void describe_parts(const fs::path& root) {
  std::vector<const Part*> parts;
  for (const std::string& name : Registry<Part>::names()) {
    const Part& part = Registry<Part>::find(name);
    if (part_is_finished(part, root)) parts.push_back(&part);
  }
  AtomicFile out(root / "README.txt");
  out.write(readme(parts, root));
  out.commit();
  write_png(overview(parts, root), root / "overview.png");
}

}  // namespace dinobench::shapes
