// Weight files in, frozen backbones out.
#include "tools/frozen_model.hpp"

#include <ATen/Context.h>

#include <span>

#include "core/atomic_file.hpp"
#include "core/error.hpp"

namespace dinobench {

void read_options(Options& options, ModelConfig& config) {
  options.get("arch", config.arch, "backbone, see 'dinobench list backbones'");
  const BackboneEntry& entry = find_backbone(config.arch);
  config.arch = entry.name;
  if (entry.uses_patch_size)
    options.get("patch_size", config.patch_size, "side of a patch in pixels");
  else
    options.ignore("patch_size", entry.name + " has no patches");
  require(config.patch_size > 0, "--patch_size {}: expected 1 or more", config.patch_size);
  options.get("pretrained_weights", config.pretrained_weights,
              "checkpoint or state dict (.pth, .safetensors); none: random weights of --seed");
  options.get("checkpoint_key", config.checkpoint_key, "which network of a training checkpoint");
  config.key_given = options.given("checkpoint_key");
  if (entry.has_weights)
    options.get("global_crops_size", config.image_size,
                "image side that a random ViT's position table is made for");
  else
    options.get("crop_size", config.image_size, "side of the central crop");
  require(entry.has_weights || config.pretrained_weights.empty(),
          "--pretrained_weights: {} has no weights", entry.name);
}

LoadedNetwork load_network(const ModelConfig& config, Console& console) {
  return load_network(find_backbone(config.arch),
                      {.patch_size = config.patch_size, .image_size = config.image_size},
                      {config.pretrained_weights, config.checkpoint_key, config.key_given},
                      console);
}

FrozenModel open_model(const ModelConfig& config, RunContext& context) {
  const BackboneEntry& entry = find_backbone(config.arch);
  const std::string& path = config.pretrained_weights;
  Attributes& attributes = context.record.attributes;
  FrozenModel model{nullptr, entry.name, {}};
  attributes["backbone"] = entry.name;
  at::manual_seed(context.seed);
  if (!path.empty()) {
    LoadedNetwork network = load_network(config, context.console);
    model.backbone = network.backbone;
    model.classifier = network.classifier;
    attributes["method"] = network.method;
    const std::string bytes = read_file(path);
    attributes["weights_sha256"] = sha256_hex(std::as_bytes(std::span(bytes)));
  } else {
    model.backbone = entry.make({.patch_size = config.patch_size, .image_size = config.image_size});
    attributes["method"] = entry.has_weights ? "random_init" : entry.name;
    if (entry.has_weights)
      context.console.line(
          fmt::format("no --pretrained_weights: random weights of seed {}", context.seed));
  }
  move_module(*model.backbone, context.device, context.dtype);
  model.backbone->eval();
  return model;
}

}  // namespace dinobench
