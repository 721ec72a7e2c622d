// Images with masks in the layout of PASCAL VOC's segmentation task.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dinobench {

struct MaskedFile {
  std::string id;  // as in the list
  std::filesystem::path image, mask;
};

struct VocSplit {
  std::filesystem::path list;
  std::vector<MaskedFile> files;    // in the list's order
  std::string fingerprint() const;  ///< SHA-256 over ids and the sizes of all files
};

/// root/ImageSets/Segmentation/<split>.txt names, one a line, JPEGImages/<id>.jpg (or .jpeg, .png)
/// and <mask_folder>/<id>.png. Input Errors: no list, an empty one, a name twice or with a folder
/// in it, an image or mask that is missing (list, line and file are named).
VocSplit open_voc(const std::filesystem::path& root, const std::string& split,
                  const std::string& mask_folder);

}  // namespace dinobench
