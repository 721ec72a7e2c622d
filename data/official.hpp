// The public data sets that evaluations are made for: what a complete copy holds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/registry.hpp"

namespace dinobench {

struct Finding {
  bool good = false;
  std::string text;  // "train: 1000 classes", "val: 49999 images, expected 50000"
};

/// Collects what was looked at.
class Findings {
 public:
  /// "NAME: SEEN things", with ", expected N" where they differ.
  void count(const std::string& what, const std::string& things, int64_t seen, int64_t expected);
  void say(bool good, const std::string& text) { all_.push_back({good, text}); }
  const std::vector<Finding>& all() const { return all_; }

 private:
  std::vector<Finding> all_;
};

struct OfficialSet {
  std::string name, summary, source;
  /// Looks at the folder and reads no image. An input Error where the layout itself is another.
  void (*verify)(const std::filesystem::path& root, Findings& findings);
  static const char* kind() { return "official data set"; }
};
using OfficialSets = Registry<OfficialSet>;

}  // namespace dinobench
