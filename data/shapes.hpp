// The embedded data set: drawn objects in official layouts, the same bytes on every machine for a
// seed.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/image.hpp"

namespace dinobench {

/// Instances in other poses, light and occlusion; `queries` to `junk` are images an instance.
struct RetrievalShapes {
  int64_t size = 128;                                 // pixels a side, 32..512
  int64_t identities = 20;                            // 2..200
  int64_t queries = 2, easy = 5, hard = 5, junk = 2;  // 1..50 each
  int64_t others = 160;                               // images of look-alikes, 1..99999
};

/// Originals and their edited copies.
struct CopydaysShapes {
  int64_t size = 128;                          // the longer side, 48..512
  int64_t originals = 24;                      // 2..1000
  int64_t distractors = 200, whitening = 200;  // 1..99999
};

/// Several objects an image, with masks.
struct VocShapes {
  int64_t size = 128;            // the longer side, 48..512
  int64_t train = 60, val = 60;  // images, 1..99999
};

/// Short videos, with masks.
struct DavisShapes {
  std::array<int64_t, 2> size{160, 96};  // width and height, 48..1024
  int64_t sequences = 6, frames = 20;    // 1..99 and 2..999
};

struct ShapesConfig {
  uint64_t seed = 0;
  int64_t size = 32;     // of the classification images: pixels a side, 32..512
  int64_t classes = 10;  // 2..10
  int64_t train_per_class = 500, val_per_class = 100;
  RetrievalShapes retrieval;
  CopydaysShapes copydays;
  VocShapes voc;
  DavisShapes davis;
  std::vector<std::string> parts = {"classification", "retrieval", "copydays", "voc", "davis"};
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

/// Draws the asked parts under `root`, each in its official layout, with all cores; a shapes.txt in
/// each part names its settings and is marked when the part is finished. At the end README.txt and
/// the contact sheet overview.png are made of all finished parts. Calls progress(done, total) with
/// images now and then. Returns false, and touches nothing, if all is there already; a part that
/// was interrupted is drawn again. Errors (input): an unknown part, settings out of range; a folder
/// that holds anything but this set.
bool make_shapes(const ShapesConfig& config, const std::filesystem::path& root,
                 const std::function<void(int64_t, int64_t)>& progress);

}  // namespace dinobench
