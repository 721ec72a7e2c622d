// Folders are walked in order, so that reports do not depend on the file system.
#include "tools/record_files.hpp"

#include <algorithm>
#include <filesystem>

#include "core/error.hpp"
#include "core/hdf5_file.hpp"
#include "core/hdf5_store.hpp"

namespace dinobench {
namespace record_files {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> files_below(const fs::path& folder, std::vector<std::string>& notes) {
  std::vector<std::string> out;
  std::error_code problem;
  fs::recursive_directory_iterator at(folder, problem);
  for (; !problem && at != fs::recursive_directory_iterator(); at.increment(problem)) {
    const fs::path& path = at->path();
    if (at->is_directory() && path.filename().string().ends_with("_work")) {
      notes.push_back("passed over: " + path.string() + ", where a run works");
      at.disable_recursion_pending();
    } else if (path.extension() == ".h5" && at->is_regular_file()) {
      out.push_back(path.string());
    }
  }
  require(!problem, "{}: cannot be searched: {}", folder.string(), problem.message());
  std::sort(out.begin(), out.end());
  return out;
}

bool is_record(const std::string& file) {
  return Hdf5Reader(file).attributes("/").contains("schema_version");
}

}  // namespace
}  // namespace record_files

std::vector<NamedRecord> load_records(const std::vector<std::string>& paths,
                                      std::vector<std::string>& notes) {
  std::vector<NamedRecord> out;
  for (const std::string& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      out.push_back({path, load_record(path)});
      continue;
    }
    for (const std::string& file : record_files::files_below(path, notes)) {
      if (record_files::is_record(file))
        out.push_back({file, load_record(file)});
      else
        notes.push_back("passed over: " + file + ", not a record");
    }
  }
  require(!out.empty(), "no record (*.h5) in {}", fmt::join(paths, " "));
  return out;
}

}  // namespace dinobench
