// Weight files in, frozen backbones out.
#include "tools/frozen_model.hpp"

#include <ATen/Context.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/torch_file.hpp"

namespace dinobench {
namespace frozen_model {
namespace {

bool is_flat(const Value& root) {
  const ValueDict& entries = root.as_dict();
  return !entries.empty() && std::all_of(entries.begin(), entries.end(), [](const auto& entry) {
    return entry.second.is_tensor();
  });
}

std::string key_list(const Value& root) {
  std::vector<std::string> names;
  for (const auto& [key, value] : root.as_dict()) names.push_back(key.as_text());
  const size_t shown = std::min<size_t>(names.size(), 12);
  return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + shown, ", "),
                     shown < names.size() ? " ..." : "");
}

// Training checkpoints of this program say what made them.
std::string method_of(const Value& root) {
  const Value* arguments = root.find("args");
  const Value* method =
      arguments != nullptr && arguments->is_dict() ? arguments->find("method") : nullptr;
  const auto* text = method == nullptr ? nullptr : std::get_if<std::string>(&method->data);
  return text == nullptr ? "pretrained" : *text;
}

// Side of the images that the position table was made for; `otherwise` if there is no table.
int64_t table_image_size(const NamedTensors& state, int64_t patch_size, int64_t otherwise,
                         const std::string& path) {
  for (const auto& [name, tensor] : state) {
    if (name != "pos_embed") continue;
    const int64_t patches = tensor.dim() == 3 ? tensor.size(1) - 1 : 0;
    const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(patches))));
    require(patches > 0 && side * side == patches,
            "{}: pos_embed has {} patches, expected a square number", path, patches);
    return side * patch_size;
  }
  return otherwise;
}

// Supervised training calls it head, torchvision fc; a DINO head has other names.
std::optional<LinearClassifier> classifier_of(const NamedTensors& state, int64_t dimension) {
  LinearClassifier found;
  for (const auto& [name, tensor] : state) {
    for (const char* head : {"head", "fc"}) {
      if (name == fmt::format("{}.weight", head) || name == fmt::format("module.{}.weight", head))
        found.weight = tensor;
      if (name == fmt::format("{}.bias", head) || name == fmt::format("module.{}.bias", head))
        found.bias = tensor;
    }
  }
  if (!found.weight.defined() || !found.bias.defined()) return {};
  const bool fits = found.weight.dim() == 2 && found.weight.size(1) == dimension &&
                    found.bias.dim() == 1 && found.bias.size(0) == found.weight.size(0);
  if (!fits) return {};
  return found;
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
              "checkpoint or state dict (.pth); none: random weights of --seed");
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

Weights read_weights(const ModelConfig& config, Console& console) {
  const std::string& path = config.pretrained_weights;
  const Value root = load_torch_file(path);
  require(root.is_dict(), "{}: expected a dict of tensors or a training checkpoint", path);
  const std::string method = frozen_model::method_of(root);
  const Value* part = root.find(config.checkpoint_key);
  if (part == nullptr && !config.key_given && root.find("student") != nullptr) {
    part = root.find("student");
    console.line(fmt::format("{} has no {}: its student is judged", path, config.checkpoint_key));
  }
  if (part != nullptr && part->is_dict()) return {from_value(*part), method};
  require(frozen_model::is_flat(root), "{}: no key '{}' (--checkpoint_key) among {}", path,
          config.checkpoint_key, frozen_model::key_list(root));
  return {from_value(root), method};
}

FrozenModel open_model(const ModelConfig& config, RunContext& context) {
  const BackboneEntry& entry = find_backbone(config.arch);
  const std::string& path = config.pretrained_weights;
  BackboneConfig settings{.patch_size = config.patch_size, .image_size = config.image_size};
  NamedTensors weights, all;
  Attributes& attributes = context.record.attributes;
  if (!path.empty()) {
    const Weights read = read_weights(config, context.console);
    all = read.state;
    weights = backbone_names(all);
    attributes["method"] = read.method;
    settings.image_size =
        frozen_model::table_image_size(weights, config.patch_size, config.image_size, path);
  }
  at::manual_seed(context.seed);
  FrozenModel model{entry.make(settings), entry.name, {}};
  attributes["backbone"] = entry.name;
  if (!path.empty()) {
    load_state(state_of(*model.backbone), weights, path);
    model.classifier = frozen_model::classifier_of(all, model.backbone->embed_dim());
    const std::string bytes = read_file(path);
    attributes["weights_sha256"] = sha256_hex(std::as_bytes(std::span(bytes)));
  } else {
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
