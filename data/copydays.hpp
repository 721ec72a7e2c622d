// INRIA Copydays (Douze et al. 2009): original photos and blocks of their altered copies.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.hpp"

namespace dinobench {

struct CopydaysBlock {
  std::string name;  // original, strong, jpegqual_20, crops_50: as metrics are called
  Dataset images;    // by file name
  std::vector<std::vector<int64_t>> positives;  // of each image: which originals it comes from
};

/// The blocks that the folder holds: `original`, `strong`, then `jpegqual/<n>` and `crops/<n>` by
/// n. Images of a block other than strong come from the original of the same index, so that there
/// must be as many; those of strong from the originals whose names begin with the same four
/// characters. Input Errors name the folder: no `original`, a block without images or with another
/// number of them, a sub-folder of jpegqual or crops that is not a number.
std::vector<CopydaysBlock> open_copydays(const std::filesystem::path& root);

}  // namespace dinobench
