// A part of the drawn set: one official layout, one self-registering file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/registry.hpp"
#include "data/shapes.hpp"

namespace dinobench::shapes {

/// Writes some files; jobs of a part run in any order and at the same time.
struct Job {
  int64_t images = 1;
  std::function<void()> run;
};

struct Plan {
  std::string settings;  // all that the bytes depend on: "name = value" lines
  std::vector<Job> jobs;
};

struct Part {
  std::string name, about;  // about: one paragraph for README.txt
  std::string folder;       // where shapes.txt is, relative to the root
  Plan (*plan)(const ShapesConfig&, const std::filesystem::path& root);  // checks its settings
  std::vector<std::vector<std::string>> rows;  // of the contact sheet: files relative to the root
  static const char* kind() { return "part of the shapes set"; }
};

/// Input Error unless low <= value <= high.
void check_range(const char* name, int64_t value, int64_t low, int64_t high);

/// README.txt and overview.png of the finished parts under `root`.
void describe_parts(const std::filesystem::path& root);

/// Whether the part's shapes.txt under `root` says that it is finished.
bool part_is_finished(const Part& part, const std::filesystem::path& root);

}  // namespace dinobench::shapes
