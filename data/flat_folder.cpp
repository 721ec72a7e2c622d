// A flat folder: images directly in it, no labels.
#include "data/dataset.hpp"
#include "data/folder_walk.hpp"

namespace dinobench::flat_folder {
namespace {

bool recognises(const std::filesystem::path& root) {
  if (images_in(root).empty()) return false;
  for (const std::string& name : sub_folders(root)) {
    if (any_image_below(root / name)) return false;  // then the sub-folders are classes
  }
  return true;
}

Dataset open(const std::filesystem::path& root) {
  Dataset dataset{"flat_folder", root, {}, {}};
  for (std::string& file : images_in(root)) dataset.samples.push_back({std::move(file), -1});
  return dataset;
}

[[maybe_unused]] const bool registered = Registry<DatasetEntry>::add(
    {"flat_folder", "images directly in the folder (no labels)", "", recognises, open});

}  // namespace
}  // namespace dinobench::flat_folder
