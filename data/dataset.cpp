// Opening a folder with the layout that recognises it, and what identifies a data set.
#include "data/dataset.hpp"

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/folder_walk.hpp"

namespace dinobench {

std::string Dataset::fingerprint() const {
  std::string text;
  for (const Sample& sample : samples) {
    std::error_code problem;
    const auto bytes = std::filesystem::file_size(root / sample.id, problem);
    require(!problem, "{}: {}", (root / sample.id).string(), problem.message());
    text += fmt::format("{}\t{}\t{}\n", sample.id, sample.label, bytes);
  }
  return sha256_hex(std::as_bytes(std::span(text)));
}

Dataset open_dataset(const std::filesystem::path& root) {
  std::error_code problem;
  require(std::filesystem::exists(root, problem), "data set '{}' does not exist", root.string());
  require(std::filesystem::is_directory(root, problem),
          "data set '{}' is a file; a folder of images was expected", root.string());
  for (const std::string& name : Registry<DatasetEntry>::names()) {
    const DatasetEntry& layout = Registry<DatasetEntry>::find(name);
    if (layout.recognises(root)) return layout.open(root);
  }
  fail("no image in '{}': looked for {} in it and in its sub-folders", root.string(),
       image_suffix_list());
}

Dataset open_labelled_dataset(const std::filesystem::path& root) {
  Dataset dataset = open_dataset(root);
  require(
      !dataset.classes.empty(),
      "'{}' has no labels: its images lie directly in it; one sub-folder per class was expected",
      root.string());
  return dataset;
}

}  // namespace dinobench
