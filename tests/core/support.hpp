// What several tests of core share: a folder of their own and the message of an Error.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>

#include "core/error.hpp"
#include "tests/test_light.hpp"

namespace dinobench {

/// A new folder, removed with its content at the end of the scope.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "dinobench-test-XXXXXX").string();
    path_ = mkdtemp(name.data()) == nullptr ? throw Error("no temporary folder") : name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  size_t file_count() const {
    const std::filesystem::directory_iterator files(path_);
    return static_cast<size_t>(std::distance(begin(files), end(files)));
  }

 private:
  std::filesystem::path path_;
};

/// The message and exit code of the Error that `work` throws, e.g. "2: no such file"; "" if none.
template <class Work>
std::string error_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return fmt::format("{}: {}", error.exit_code(), error.what());
  }
  return "";
}

/// Writes a file in place, without the sync that would slow tests of many damaged files down.
inline void write_plainly(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// Runs a script of the source tree in its .venv; true if it succeeds.
inline bool run_python(const std::string& script_and_arguments) {
  const std::string command =
      fmt::format("cd '{0}' && .venv/bin/python {1} 1>&2", DINOBENCH_SOURCE, script_and_arguments);
  return std::system(command.c_str()) == 0;
}

/// Whether the .venv has this module, tried once; if not, says that a test is skipped.
inline bool python_has(const std::string& module) {
  static std::map<std::string, bool> tried;
  const auto [place, first] = tried.try_emplace(module);
  if (first) place->second = run_python("-c 'import " + module + "' 2>/dev/null");
  const bool found = place->second;
  if (!found) std::cout << "skipped: .venv/bin/python cannot import " << module << "\n";
  return found;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// While it lives, no file of this process can grow beyond `bytes`: writing fails as on a full
/// disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(size_t bytes);
  ~FileSizeLimit();
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
};

}  // namespace dinobench
