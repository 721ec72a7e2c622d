// Recursive listing with the order of Python's sorted(os.walk(..., followlinks=True)).
#include "data/folder_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "core/error.hpp"
#include "data/dataset.hpp"

namespace dinobench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffixes[] = {".jpg", ".jpeg", ".png",  ".ppm", ".bmp",
                                         ".pgm", ".tif",  ".tiff", ".webp"};

struct Listing {
  std::vector<std::string> folders, files;
};

Listing list(const fs::path& folder) {
  Listing out;
  std::error_code problem;
  for (fs::directory_iterator at(folder, problem), end; !problem && at != end;
       at.increment(problem)) {
    std::error_code ignored;
    // Links are followed; a dangling one counts as a file, and reading it will name it.
    (at->is_directory(ignored) ? out.folders : out.files).push_back(at->path().filename().string());
  }
  require(!problem, "{}: cannot list the folder: {}", folder.string(), problem.message());
  std::sort(out.folders.begin(), out.folders.end());
  std::sort(out.files.begin(), out.files.end());
  return out;
}

/// Visits `root`/`name` and all folders below it; `visit` returns false to stop.
template <class Visit>
bool walk(const fs::path& root, const std::string& name, std::vector<fs::path>& above,
          const Visit& visit) {
  const fs::path folder = root / name;
  std::error_code problem;
  const fs::path real = fs::canonical(folder, problem);
  if (problem || std::find(above.begin(), above.end(), real) != above.end()) return true;
  const Listing listing = list(folder);
  if (!visit(name, listing.files)) return false;
  above.push_back(real);
  for (const std::string& sub : listing.folders) {
    if (!walk(root, name.empty() ? sub : name + "/" + sub, above, visit)) return false;
  }
  above.pop_back();
  return true;
}

}  // namespace

bool has_image_suffix(const fs::path& path) {
  std::string name = path.filename().string();
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::any_of(std::begin(suffixes), std::end(suffixes), [&](std::string_view suffix) {
    return name.size() >= suffix.size() &&
           name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
  });
}

std::string image_suffix_list() { return fmt::format("*{}", fmt::join(suffixes, " *")); }

std::vector<std::string> sub_folders(const fs::path& folder) { return list(folder).folders; }

std::vector<std::string> images_in(const fs::path& folder) {
  std::vector<std::string> files = list(folder).files;
  std::erase_if(files, [](const std::string& name) { return !has_image_suffix(name); });
  return files;
}

std::vector<std::string> images_below(const fs::path& root, const std::string& name) {
  std::vector<std::pair<std::string, std::vector<std::string>>> folders;
  std::vector<fs::path> above;
  walk(root, name, above, [&](const std::string& folder, const std::vector<std::string>& files) {
    folders.emplace_back(folder, files);
    return true;
  });
  // By the whole path: "a-b" sorts before "a/b", as Python's strings do.
  std::sort(folders.begin(), folders.end());
  std::vector<std::string> out;
  for (const auto& [folder, files] : folders) {
    for (const std::string& file : files) {
      if (has_image_suffix(file)) out.push_back(folder + "/" + file);
    }
  }
  return out;
}

bool any_image_below(const fs::path& folder) {
  std::vector<fs::path> above;
  return !walk(folder, "", above, [](const std::string&, const std::vector<std::string>& files) {
    return std::none_of(files.begin(), files.end(),
                        [](const std::string& name) { return has_image_suffix(name); });
  });
}

}  // namespace dinobench
