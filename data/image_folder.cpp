// ImageFolder: one sub-folder per class, as torchvision.datasets.ImageFolder reads it.
#include "core/error.hpp"
#include "data/dataset.hpp"
#include "data/folder_walk.hpp"

namespace dinobench::image_folder {
namespace {

bool recognises(const std::filesystem::path& root) {
  for (const std::string& name : sub_folders(root)) {
    if (any_image_below(root / name)) return true;
  }
  return false;
}

Dataset open(const std::filesystem::path& root) {
  Dataset dataset{"image_folder", root, sub_folders(root), {}};
  std::vector<std::string> empty;
  for (size_t label = 0; label < dataset.classes.size(); ++label) {
    const std::vector<std::string> files = images_below(root, dataset.classes[label]);
    if (files.empty()) empty.push_back(dataset.classes[label]);
    for (const std::string& file : files) {
      dataset.samples.push_back({file, static_cast<int64_t>(label)});
    }
  }
  require(empty.empty(), "'{}': no image in the class folder{} {}: looked for {}", root.string(),
          empty.size() == 1 ? "" : "s", fmt::join(empty, ", "), image_suffix_list());
  return dataset;
}

[[maybe_unused]] const bool registered =
    Registry<DatasetEntry>::add({"image_folder", "one sub-folder of images per class (labels)",
                                 "torchvision.datasets.ImageFolder", recognises, open});

}  // namespace
}  // namespace dinobench::image_folder
