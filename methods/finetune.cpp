// Fine-tuning: supervised training that starts from weights of a file. Table 6 of the DINO paper.
#include "backbones/pretrained.hpp"
#include "core/error.hpp"
#include "methods/classifier_training.hpp"

namespace dinobench {
namespace finetune {
namespace {

// The paper follows DeiT. As its authors told it for DINO's weights on CIFAR-10 (batch 768,
// facebookresearch/dino issue 81): --optimizer adamw --lr 3.75e-6 --min_lr 0 --weight_decay 0.05
// --weight_decay_end 0.05 --warmup_epochs 5 --epochs 1000 --drop_path_rate 0.1 --label_smoothing
// 0.1 --clip_grad 0; on iNaturalist (facebookresearch/deit issue 105) --lr 3.75e-5 --epochs 360.
// Their rates, 7.5e-6 and 7.5e-5, are read as DeiT's option, which counts for 512 images; ours
// counts for 256. Missing here: mixup, CutMix, RandAugment, random erasing and repeated
// augmentation; --color_jitter 0.3 is the nearest that there is.
struct Config {
  SupervisedOptions training;
  WeightSource weights;
};

Config read(Options& options) {
  Config config;
  read_options(options, config.training, "finetune");
  options.get("pretrained_weights", config.weights.path,
              "checkpoint or state dict (.pth, .safetensors) to start from; none: random weights "
              "of --seed");
  options.get("checkpoint_key", config.weights.key, "which network of a training checkpoint");
  config.weights.key_given = options.given("checkpoint_key");
  return config;
}

/// A position table stays as large as the file's: other crops are met by resizing it at every
/// pass, as in evaluations.
std::shared_ptr<Backbone> start(const MethodInputs& inputs, const Config& config) {
  Console silent(false, true);
  Console& console = inputs.console != nullptr ? *inputs.console : silent;
  BackboneConfig backbone = inputs.backbone_config;
  backbone.image_size = config.training.view.size;
  if (!config.weights.path.empty())
    return load_network(inputs.backbone, backbone, config.weights, console).backbone;
  console.warn("finetune without --pretrained_weights starts from the random weights of --seed");
  return inputs.backbone.make(backbone);
}

std::unique_ptr<Method> make(const MethodInputs& inputs, Options& options) {
  const Config config = read(options);
  return make_classifier_training(inputs, config.training, start(inputs, config));
}

[[maybe_unused]] const bool registered = Methods::add(
    {.name = "finetune",
     .summary = "supervised training from --pretrained_weights. Recipe: --optimizer adamw --lr "
                "3.75e-6 --min_lr 0 --weight_decay 0.05 --weight_decay_end 0.05 --warmup_epochs 5 "
                "--epochs 1000 --label_smoothing 0.1 --clip_grad 0",
     .source = "Caron et al. 2021, arXiv 2104.14294, Table 6; Touvron et al. 2021, arXiv "
               "2012.12877",
     .describe = [](Options& options) { read(options); },
     .make = make});

}  // namespace
}  // namespace finetune
}  // namespace dinobench
