// Supervised classification: the baseline with labels, for any backbone.
#include "methods/classifier_training.hpp"

namespace dinobench {
namespace supervised {
namespace {

// Two recipes are option values:
// ViT (Touvron et al. 2021, without mixing): --optimizer adamw --lr 0.00025 --weight_decay 0.05
//   --weight_decay_end 0.05 --warmup_epochs 5 --epochs 300 --drop_path_rate 0.1 --clip_grad 0
//   --label_smoothing 0.1 --color_jitter 0.3 --interpolation bicubic
// ResNet (He et al. 2015; Goyal et al. 2017): --optimizer sgd --lr 0.1 --weight_decay 1e-4
//   --weight_decay_end 1e-4 --warmup_epochs 5 --epochs 90 --clip_grad 0 --interpolation bilinear

SupervisedOptions read(Options& options) {
  SupervisedOptions config;
  read_options(options, config, "supervised");
  return config;
}

std::unique_ptr<Method> make(const MethodInputs& inputs, Options& options) {
  const SupervisedOptions config = read(options);
  BackboneConfig backbone = inputs.backbone_config;
  backbone.image_size = config.view.size;
  return make_classifier_training(inputs, config, inputs.backbone.make(backbone));
}

[[maybe_unused]] const bool registered = Methods::add(
    {.name = "supervised",
     .summary = "cross-entropy with labels. ViT recipe: --optimizer adamw --lr 0.00025 "
                "--weight_decay 0.05 --label_smoothing 0.1 --color_jitter 0.3; ResNet recipe: "
                "--optimizer sgd --lr 0.1 --weight_decay 1e-4 --interpolation bilinear",
     .source = "Touvron et al. 2021, arXiv 2012.12877; He et al. 2015, arXiv 1512.03385",
     .describe = [](Options& options) { read(options); },
     .make = make});

}  // namespace
}  // namespace supervised
}  // namespace dinobench
