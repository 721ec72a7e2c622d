// A VOC split: its list, and the files that it names.
#include "data/voc.hpp"

#include <set>
#include <span>
#include <sstream>

#include "core/atomic_file.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace voc {
namespace {

namespace fs = std::filesystem;

std::string trimmed(const std::string& line) {
  const size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

fs::path image_file(const fs::path& root, const std::string& id, const std::string& where) {
  const fs::path folder = root / "JPEGImages";
  for (const char* suffix : {".jpg", ".jpeg", ".png"}) {
    if (const fs::path path = folder / (id + suffix); fs::is_regular_file(path)) return path;
  }
  fail("{}: no image {} (nor .jpeg, .png)", where, (folder / (id + ".jpg")).string());
}

fs::path mask_file(const fs::path& root, const std::string& folder, const std::string& id,
                   const std::string& where) {
  const fs::path path = root / folder / (id + ".png");
  require(fs::is_regular_file(path), "{}: no mask {}", where, path.string());
  return path;
}

}  // namespace
}  // namespace voc

VocSplit open_voc(const std::filesystem::path& root, const std::string& split,
                  const std::string& mask_folder) {
  require(std::filesystem::is_directory(root),
          "--data_path {}: no such folder; expected a VOC layout (JPEGImages, {}, "
          "ImageSets/Segmentation)",
          root.string(), mask_folder);
  VocSplit set{root / "ImageSets" / "Segmentation" / (split + ".txt"), {}};
  require(std::filesystem::is_regular_file(set.list), "{}: no such list (--split {})",
          set.list.string(), split);
  std::istringstream lines(read_file(set.list));
  std::set<std::string> seen;
  std::string line;
  for (int64_t number = 1; std::getline(lines, line); ++number) {
    const std::string id = voc::trimmed(line);
    if (id.empty()) continue;
    const std::string where = fmt::format("{} line {}", set.list.string(), number);
    require(id.find('/') == std::string::npos && id != "..",
            "{}: '{}' has a folder in it, a file name without suffix was expected", where, id);
    require(seen.insert(id).second, "{}: '{}' stands in the list twice", where, id);
    set.files.push_back(
        {id, voc::image_file(root, id, where), voc::mask_file(root, mask_folder, id, where)});
  }
  require(!set.files.empty(), "{}: the list names no image", set.list.string());
  return set;
}

std::string VocSplit::fingerprint() const {
  std::string text;
  for (const MaskedFile& file : files)
    text += fmt::format("{}\t{}\t{}\n", file.id, std::filesystem::file_size(file.image),
                        std::filesystem::file_size(file.mask));
  return sha256_hex(std::as_bytes(std::span(text)));
}

}  // namespace dinobench
