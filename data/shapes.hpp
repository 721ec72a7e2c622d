// The embedded data set: drawn objects in official layouts, the same bytes on every machine for a
// seed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "data/image.hpp"

namespace dinobench {

struct ShapesConfig {
  uint64_t seed = 0;
  int64_t size = 32;  // pixels a side
  int64_t classes = 10;
  int64_t train_per_class = 500, val_per_class = 100;
};

/// One drawn image: integer arithmetic only.
Image draw_shape(const ShapesConfig& config, bool train, int64_t label, int64_t index);

/// Writes `root`/classification/{train,val}/<class>/NNNN.png; calls progress(done, total).
void make_shapes(const ShapesConfig& config, const std::filesystem::path& root,
                 const std::function<void(int64_t, int64_t)>& progress);

}  // namespace dinobench
