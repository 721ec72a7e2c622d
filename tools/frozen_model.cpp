// Weight files in, frozen backbones out.
#include "tools/frozen_model.hpp"

#include <ATen/Context.h>

#include <span>

#include "backbones/weight_names.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "tools/weight_part.hpp"

namespace dinobench {
namespace frozen_model {
namespace {

bool fits(const LinearClassifier& found, int64_t dimension) {
  return found.weight.dim() == 2 && found.weight.size(1) == dimension && found.bias.dim() == 1 &&
         found.bias.size(0) == found.weight.size(0);
}

std::string report(const LoadedNetwork& network, const NetworkWeights& weights,
                   const std::string& key, int64_t added_counts) {
  std::string out =
      fmt::format("weights: {} tensors of {} ({} names) match {}", weights.backbone.size(),
                  key.empty() ? "the file" : "'" + key + "'", weights.naming, network.name);
  if (added_counts > 0) out += fmt::format("; {} absent batch counts set to 0", added_counts);
  if (weights.naming == "timm") out += "; its fc_norm is the final norm, here of the class token";
  if (network.classifier)
    out += fmt::format("; classifier of {} classes", network.classifier->weight.size(0));
  const size_t unused = weights.classifier && !network.classifier ? 2 : 0;
  const size_t left = network.head.size() + unused;
  return left == 0 ? out : out + fmt::format("; left out: {} of head.*", left);
}

}  // namespace
}  // namespace frozen_model

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
  const BackboneEntry& entry = find_backbone(config.arch);
  const std::string& path = config.pretrained_weights;
  const WeightPart part = read_weight_part(path, config.checkpoint_key, config.key_given, console);
  NetworkWeights weights = official_weights(part.state, path);
  const BackboneConfig settings = config_of(
      weights.backbone, {.patch_size = config.patch_size, .image_size = config.image_size}, path);
  LoadedNetwork network{entry.make(settings), {}, std::move(weights.head), entry.name, part.method};
  if (entry.uses_patch_size) network.name += fmt::format("/{}", config.patch_size);
  const int64_t added = load_backbone(*network.backbone, weights.backbone, path);
  if (weights.classifier && frozen_model::fits(*weights.classifier, network.backbone->embed_dim()))
    network.classifier = weights.classifier;
  console.line(frozen_model::report(network, weights, part.key, added));
  return network;
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
