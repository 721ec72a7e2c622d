// Finding image files below a folder, in the order of the reference. Internal to data/.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dinobench {

/// Suffixes that count, as one line for error messages.
std::string image_suffix_list();

/// Names of the sub-folders (links to folders included), in byte order.
std::vector<std::string> sub_folders(const std::filesystem::path& folder);

/// Names of the image files directly in a folder, in byte order.
std::vector<std::string> images_in(const std::filesystem::path& folder);

/// Image files in and below `root`/`name`, links followed, relative to `root`: folder by folder in
/// byte order of their paths, the files of each in byte order. A link back to a folder on the way
/// down is not entered again.
std::vector<std::string> images_below(const std::filesystem::path& root, const std::string& name);

/// True as soon as one is found.
bool any_image_below(const std::filesystem::path& folder);

}  // namespace dinobench
