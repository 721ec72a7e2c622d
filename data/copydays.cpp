// Blocks from folders.
#include "data/copydays.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/numbers.hpp"
#include "data/folder_walk.hpp"

namespace dinobench {
namespace copydays {
namespace {

namespace fs = std::filesystem;

Dataset images_of(const fs::path& folder) {
  Dataset dataset{"copydays", folder, {}, {}};
  for (std::string& file : images_in(folder)) dataset.samples.push_back({std::move(file), -1});
  require(dataset.size() > 0, "{}: no image in this block", folder.string());
  return dataset;
}

CopydaysBlock same_index(const std::string& name, const fs::path& folder,
                         const Dataset& originals) {
  CopydaysBlock block{name, images_of(folder), {}};
  require(block.images.size() == originals.size(), "{} holds {} images, {} holds {}",
          folder.string(), block.images.size(), originals.root.string(), originals.size());
  for (int64_t i = 0; i < originals.size(); ++i) block.positives.push_back({i});
  return block;
}

CopydaysBlock same_prefix(const std::string& name, const fs::path& folder,
                          const Dataset& originals) {
  CopydaysBlock block{name, images_of(folder), {}};
  for (const Sample& copy : block.images.samples) {
    std::vector<int64_t> sources;
    for (int64_t i = 0; i < originals.size(); ++i)
      if (originals.samples[static_cast<size_t>(i)].id.substr(0, 4) == copy.id.substr(0, 4))
        sources.push_back(i);
    block.positives.push_back(std::move(sources));
  }
  return block;
}

// jpegqual/3, jpegqual/5 ... in the order of their numbers.
void add_series(const std::string& name, const fs::path& root, std::vector<CopydaysBlock>& blocks) {
  if (!fs::is_directory(root / name)) return;
  std::vector<std::string> steps = sub_folders(root / name);
  const auto number = [&](const std::string& step) {
    return parse_int(step, (root / name / step).string());
  };
  std::sort(steps.begin(), steps.end(),
            [&](const auto& a, const auto& b) { return number(a) < number(b); });
  for (const std::string& step : steps)
    blocks.push_back(
        same_index(fmt::format("{}_{}", name, number(step)), root / name / step, blocks[0].images));
}

}  // namespace
}  // namespace copydays

std::vector<CopydaysBlock> open_copydays(const std::filesystem::path& root) {
  const std::filesystem::path original = root / "original", strong = root / "strong";
  require(std::filesystem::is_directory(original),
          "--data_path '{}': expected a folder that holds 'original'", root.string());
  const Dataset originals = copydays::images_of(original);
  std::vector<CopydaysBlock> blocks{copydays::same_index("original", original, originals)};
  if (std::filesystem::is_directory(strong))
    blocks.push_back(copydays::same_prefix("strong", strong, originals));
  copydays::add_series("jpegqual", root, blocks);
  copydays::add_series("crops", root, blocks);
  return blocks;
}

}  // namespace dinobench
