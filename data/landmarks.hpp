// Revisited Oxford and Paris (Radenovic et al. 2018): images, queries and what each should find.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.hpp"

namespace dinobench {

/// What a query should find: indices into the database images, no image twice.
struct LandmarkTruth {
  std::vector<int64_t> easy, hard, junk;
};

struct LandmarkSet {
  std::filesystem::path truth_file;  // gnd_<dataset>.pkl
  Dataset database, queries;         // in the order of imlist and qimlist, without labels
  std::vector<LandmarkTruth> truth;  // one a query
  /// SHA-256 over the ground truth's bytes and the images' names and sizes.
  std::string fingerprint() const;
};

/// Opens data_path/dataset: `gnd_<dataset>.pkl` (a dict of imlist, qimlist and gnd) and
/// `jpg/<name>.jpg`. crop_queries: a query's part is its bbx (left, top, right, bottom in pixels,
/// rounded as Pillow does). Input Errors name the file and the field: a damaged pickle, a missing
/// or malformed field, an index that is out of range or listed twice, a missing image.
LandmarkSet open_landmarks(const std::string& data_path, const std::string& dataset,
                           bool crop_queries);

}  // namespace dinobench
