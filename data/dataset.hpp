// Data sets in their official layouts: a list of image files with labels. Each layout is one
// self-registering file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/registry.hpp"
#include "data/transforms.hpp"

namespace dinobench {

struct Sample {
  std::string id;  // path relative to the root, '/' separated: unique, the same on every machine
  int64_t label = -1;            // index into classes; -1 where there are none
  std::optional<Box> part = {};  // what counts as the image, as far as it is inside
};

struct Dataset {
  std::string layout;  // registered name of the layout
  std::filesystem::path root;
  std::vector<std::string> classes;  // sorted; empty for an unlabelled set
  std::vector<Sample> samples;       // class, then path, in the reference's order

  int64_t size() const { return static_cast<int64_t>(samples.size()); }
  std::filesystem::path path(int64_t index) const {
    return root / samples[static_cast<size_t>(index)].id;
  }
  std::string fingerprint()
      const;  ///< SHA-256 over ids, labels and file sizes: changes when the set does
};

struct DatasetEntry {
  std::string name, summary, source;
  bool (*recognises)(const std::filesystem::path& root);
  Dataset (*open)(const std::filesystem::path& root);
  static const char* kind() { return "data set layout"; }
};

/// Opens the folder with the layout that recognises it: image_folder (class sub-folders) or
/// flat_folder. Input Errors: the path is missing, or it holds no image (says which suffixes
/// count).
Dataset open_dataset(const std::filesystem::path& root);

/// As open_dataset, but labels are needed: a flat folder is an Error that says so.
Dataset open_labelled_dataset(const std::filesystem::path& root);

/// The reference's suffixes: jpg jpeg png ppm bmp pgm tif tiff webp, in any case.
bool has_image_suffix(const std::filesystem::path& path);

/// torch.randperm(n) of a CPU generator seeded with `epoch`: the reference's order of an epoch.
std::vector<int64_t> epoch_permutation(int64_t n, uint64_t epoch);

}  // namespace dinobench
