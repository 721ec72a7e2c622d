// The page: tables, and a small picture beside each path.
#include <algorithm>
#include <map>

#include "core/base64.hpp"
#include "core/error.hpp"
#include "core/escaped_text.hpp"
#include "data/transforms.hpp"
#include "data/write_jpeg.hpp"
#include "tools/diff_report.hpp"

namespace dinobench {
namespace page {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kSide = 96;  // pixels
constexpr int kQuality = 80;

constexpr const char* kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>dinobench diff</title>
<style>
body { font: 15px/1.4 sans-serif; margin: 2em; }
table { border-collapse: collapse; margin-bottom: 2em; }
th, td { border: 1px solid #bbb; padding: 0.2em 0.6em; text-align: left; vertical-align: top; }
img { display: block; image-rendering: auto; }
</style></head><body>
)";

/// Finds images below a root: paths in records are relative to the split they were judged on.
class Thumbnails {
 public:
  explicit Thumbnails(const std::string& root) {
    if (root.empty()) return;
    require(fs::is_directory(root), "--data_path {}: no such folder", root);
    roots_.emplace_back(root);
    std::map<std::string, fs::path> below;
    for (const auto& entry : fs::directory_iterator(root))
      if (entry.is_directory()) below.emplace(entry.path().filename().string(), entry.path());
    if (below.contains("val")) roots_.push_back(below["val"]);
    for (const auto& [name, path] : below) roots_.push_back(path);
  }

  /// An <img>, or words where there is none.
  std::string of(const std::string& path) const {
    if (roots_.empty()) return "";
    for (const fs::path& root : roots_) {
      const fs::path file = root / path;
      if (!fs::is_regular_file(file)) continue;
      try {
        return picture(file, path);
      } catch (const Error& error) {
        return "<em>" + markup_text(error.what()) + "</em>";
      }
    }
    return "<em>not in --data_path</em>";
  }

 private:
  static std::string picture(const fs::path& file, const std::string& path) {
    const Image small = thumbnail(decode_image(file), kSide);
    return fmt::format(
        "<img alt=\"{}\" width=\"{}\" height=\"{}\" src=\"data:image/jpeg;base64,{}\">",
        markup_text(path), small.width, small.height, base64(encode_jpeg(small, kQuality, path)));
  }

  std::vector<fs::path> roots_;
};

std::string line(const std::vector<std::string>& cells, const std::string& tag,
                 const std::vector<size_t>& images, const Thumbnails& thumbnails) {
  std::string out = "<tr>";
  for (size_t i = 0; i < cells.size(); ++i) {
    const bool image = std::find(images.begin(), images.end(), i) != images.end();
    out += fmt::format("<{0}>{1}{2}</{0}>", tag, markup_text(cells[i]),
                       image ? thumbnails.of(cells[i]) : "");
  }
  return out + "</tr>\n";
}

std::string table(const DiffSection& section, const Thumbnails& thumbnails) {
  std::string out = "<h2>" + markup_text(section.heading) + "</h2>\n<table>\n";
  out += line(section.rows[0], "th", {}, thumbnails);
  for (size_t i = 1; i < section.rows.size(); ++i)
    out += line(section.rows[i], "td", section.images, thumbnails);
  return out + "</table>\n";
}

}  // namespace
}  // namespace page

std::string diff_page(const RecordDiff& diff, const DiffView& view) {
  const page::Thumbnails thumbnails(view.data_path);
  std::string out = page::kHead;
  out += fmt::format("<h1>Why a number moved</h1>\n<p>First: {}<br>Second: {}<br>{}</p>\n",
                     markup_text(view.then_file), markup_text(view.now_file), diff_summary(diff));
  for (const DiffSection& section : diff_sections(diff, view))
    out += page::table(section, thumbnails);
  return out + "</body></html>\n";
}

}  // namespace dinobench
