// The embedded data set: drawn objects in official layouts, the same bytes on every machine for a
// seed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/image.hpp"

namespace dinobench {

struct ShapesConfig {
  uint64_t seed = 0;
  int64_t size = 32;     // pixels a side, 32..512
  int64_t classes = 10;  // 2..10
  int64_t train_per_class = 500, val_per_class = 100;
};

/// Folder names of the classes, sorted: the label is the index.
std::vector<std::string> shapes_class_names();

/// One drawn image, by integer arithmetic only. `index` counts inside the class and split; every
/// image shows another instance, and no instance is in both splits.
Image draw_shape(const ShapesConfig& config, bool train, int64_t label, int64_t index);

/// The same with 255 where the object is what one sees at the pixel, 0 elsewhere (row by row).
struct MaskedImage {
  Image image;
  std::vector<uint8_t> mask;
};
MaskedImage draw_shape_and_mask(const ShapesConfig& config, bool train, int64_t label,
                                int64_t index);

/// Draws `root`/classification/{train,val}/<class>/NNNN.png with all cores, and `root`/shapes.txt,
/// which names the settings; calls progress(done, total) now and then. Returns false, and touches
/// nothing, if the finished set is there already; goes on with one that was interrupted. Errors
/// (input): settings out of range; a folder that holds anything but this set.
bool make_shapes(const ShapesConfig& config, const std::filesystem::path& root,
                 const std::function<void(int64_t, int64_t)>& progress);

}  // namespace dinobench
