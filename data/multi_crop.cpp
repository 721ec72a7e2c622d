// The reference's multi-crop: two global views that are treated differently, then the local ones.
#include "core/error.hpp"
#include "data/views.hpp"

namespace dinobench {

void read_options(Options& options, MultiCropConfig& config) {
  options.get("global_crops_size", config.global_crops_size, "side of the global views, pixels");
  options.get("local_crops_size", config.local_crops_size, "side of the local views, pixels");
  options.get("local_crops_number", config.local_crops_number, "local views per image; 0: none");
  options.get("global_crops_scale", config.global_crops_scale,
              "least and greatest share of the image in a global view");
  options.get("local_crops_scale", config.local_crops_scale,
              "least and greatest share of the image in a local view");
}

std::vector<RandomViewConfig> multi_crop_views(const MultiCropConfig& config) {
  require(config.local_crops_number >= 0, "--local_crops_number {} is negative",
          config.local_crops_number);
  RandomViewConfig first, second, local;
  first.size = second.size = config.global_crops_size;
  first.scale = second.scale = config.global_crops_scale;
  first.blur = 1.0;
  second.blur = 0.1;
  second.solarize = 0.2;
  local.size = config.local_crops_size;
  local.scale = config.local_crops_scale;
  local.blur = 0.5;
  std::vector<RandomViewConfig> views{first, second};
  views.insert(views.end(), static_cast<size_t>(config.local_crops_number), local);
  return views;
}

std::vector<View> multi_crop(const MultiCropConfig& config) {
  std::vector<View> views;
  for (const RandomViewConfig& view : multi_crop_views(config)) views.push_back(random_view(view));
  return views;
}

}  // namespace dinobench
