// Pictures on the page: files as data: URIs, maps that a record holds as squares of SVG.
#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "core/atomic_file.hpp"
#include "core/base64.hpp"
#include "core/error.hpp"
#include "core/escaped_text.hpp"
#include "data/colour_map.hpp"
#include "tools/report_page.hpp"
#include "tools/table_cells.hpp"

namespace dinobench {
namespace report_pictures_part {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFiles = 24;          // pictures of one folder; a page must open on a phone
constexpr uintmax_t kBytes = 2 << 20;  // of one picture
constexpr int64_t kImages = 4;         // of the maps that a record holds

std::string media_type(const fs::path& file) {
  static const std::map<std::string, std::string> types{
      {".png", "image/png"}, {".jpg", "image/jpeg"}, {".jpeg", "image/jpeg"}};
  const auto at = types.find(file.extension().string());
  return at == types.end() ? "" : at->second;
}

// Every picture below the folder; of a record's work folder only those of attention.
std::vector<fs::path> pictures_in(const fs::path& folder, bool attention_only) {
  std::vector<fs::path> found;
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string();
    const bool wanted = !attention_only || name == "img.png" || name.starts_with("attn-");
    if (wanted && !media_type(entry.path()).empty() && entry.is_regular_file())
      found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string show_folder(const std::string& title, const fs::path& folder, bool attention_only) {
  const std::vector<fs::path> files = pictures_in(folder, attention_only);
  if (files.empty()) return "";
  std::string out = "<h3>" + markup_text(title) + "</h3>\n<div class=\"pictures\">\n";
  size_t shown = 0;
  for (const fs::path& file : files) {
    if (shown == kFiles) break;
    if (fs::file_size(file) > kBytes) continue;
    const std::string name = markup_text(file.lexically_relative(folder).string());
    out += fmt::format(
        "<figure><img alt=\"{0}\" src=\"data:{1};base64,{2}\"><figcaption>{0}"
        "</figcaption></figure>\n",
        name, media_type(file), base64(read_file(file)));
    ++shown;
  }
  out += "</div>\n";
  if (shown < files.size())
    out += fmt::format("<p class=\"note\">{} of {} pictures shown.</p>\n", shown, files.size());
  return out;
}

// One map: a square a patch.
std::string squares(std::span<const float> values, int64_t rows, int64_t columns,
                    const std::string& name) {
  const Image colours = colour_picture(values, columns, rows, viridis());
  std::string out = fmt::format(
      "<figure><svg viewBox=\"0 0 {} {}\" shape-rendering=\"crispEdges\" role=\"img\" "
      "aria-label=\"{}\">",
      columns, rows, markup_text(name));
  for (int64_t i = 0; i < rows * columns; ++i) {
    const uint8_t* pixel = colours.pixels.data() + 3 * i;
    out += fmt::format(
        "<rect x=\"{}\" y=\"{}\" width=\"1\" height=\"1\" "
        "fill=\"#{:02x}{:02x}{:02x}\"/>",
        i % columns, i / columns, pixel[0], pixel[1], pixel[2]);
  }
  return out + "</svg><figcaption>" + markup_text(name) + "</figcaption></figure>\n";
}

// raw/attention [images, heads, rows, columns] of `eval attention --save_attention true`.
std::string show_maps(const NamedRecord& named) {
  const auto evaluation = named.record.eval.find("attention");
  if (evaluation == named.record.eval.end()) return "";
  const auto& raw = evaluation->second.raw;
  const auto maps = raw.find("attention"), ids = raw.find("attention_image_ids");
  if (maps == raw.end() || ids == raw.end() || maps->second.shape.size() != 4) return "";
  const auto* values = std::get_if<std::vector<float>>(&maps->second.values);
  const auto* names = std::get_if<std::vector<std::string>>(&ids->second.values);
  const std::vector<int64_t>& shape = maps->second.shape;
  if (values == nullptr || names == nullptr || std::ssize(*names) != shape[0]) return "";
  const auto size = static_cast<size_t>(shape[2] * shape[3]);
  if (values->size() != static_cast<size_t>(shape[0] * shape[1]) * size) return "";
  std::string out =
      "<h3>" + markup_text(record_label(named.record)) + "</h3>\n<div class=\"pictures\">\n";
  for (int64_t image = 0; image < std::min(shape[0], kImages); ++image)
    for (int64_t head = 0; head < shape[1]; ++head)
      out += squares(
          std::span(*values).subspan(static_cast<size_t>(image * shape[1] + head) * size, size),
          shape[2], shape[3],
          fmt::format("{}, head {}", (*names)[static_cast<size_t>(image)], head));
  return out + "</div>\n";
}

fs::path work_folder(const NamedRecord& named) {
  return fs::path(named.file).replace_extension("").string() + "_work";
}

}  // namespace
}  // namespace report_pictures_part

std::string report_pictures(const std::vector<NamedRecord>& records,
                            const ReportSettings& settings) {
  using namespace report_pictures_part;
  if (!settings.pictures.empty()) {
    require(fs::is_directory(settings.pictures), "--pictures {}: no such folder",
            settings.pictures.string());
    return show_folder(settings.pictures.filename().string(), settings.pictures, false);
  }
  std::string out;
  std::set<fs::path> seen;
  for (const NamedRecord& named : records) {
    out += show_maps(named);
    for (const fs::path& folder :
         {work_folder(named), fs::path(record_field(named.record, "attention.save_maps"))})
      if (!folder.empty() && fs::is_directory(folder) && seen.insert(folder).second)
        out += show_folder(record_label(named.record), folder, true);
  }
  return out;
}

}  // namespace dinobench
