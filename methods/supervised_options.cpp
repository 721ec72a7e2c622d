// Where each option of supervised training is read, once.
#include "methods/supervised_options.hpp"

#include "core/error.hpp"
#include "methods/dino_options.hpp"

namespace dinobench {

void read_options(Options& options, SupervisedOptions& config, const std::string& method) {
  config.view = {.scale = {0.08, 1.0}, .jitter = 0, .grayscale = 0, .blur = 0};
  options.get("label_smoothing", config.label_smoothing, "mass spread over all classes, 0 to 1");
  options.get("global_crops_size", config.view.size, "side of the training crops in pixels");
  options.get("crop_scale", config.view.scale, "share of the image's area in a training crop");
  options.get("crop_ratio", config.view.ratio, "width / height of a training crop");
  options.choose("interpolation", config.interpolation, {"bicubic", "bilinear"},
                 "resizing of the training crops");
  options.get("color_jitter", config.color_jitter,
              "strength of brightness, contrast and saturation changes; 0: none");
  options.get("hflip", config.view.flip, "probability of a horizontal flip");
  ignore_dino_options(options, method);
  require(config.label_smoothing >= 0 && config.label_smoothing < 1,
          "--label_smoothing is {}, expected at least 0 and below 1", config.label_smoothing);
  require(config.color_jitter >= 0, "--color_jitter is {}, expected 0 or more",
          config.color_jitter);
  config.view.filter = filter_named(config.interpolation);
  config.view.jitter = config.color_jitter > 0 ? 1 : 0;
  config.view.brightness = config.view.contrast = config.view.saturation = config.color_jitter;
  config.view.hue = 0;
}

}  // namespace dinobench
