// Names are tables: what stands on the left is replaced by what stands on the right.
#include "backbones/weight_names.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <span>

#include "core/error.hpp"

namespace dinobench {
namespace weight_names {
namespace {

struct Rule {
  const char *from, *to;
};

// A network is made to the measure of a file: no file may ask for too much.
constexpr int64_t widest_patch = 64, widest_table = 512;

constexpr std::array wrappers{"module.", "backbone.", "_orig_mod."};

// Heads: an early upload of DINO's, and weight normalisation as newer torch spells it.
constexpr std::array head_rules{
    Rule{"head.projection_head.", "head.mlp."},
    Rule{"head.prototypes.", "head.last_layer."},
    Rule{"projection_head.", "head.mlp."},
    Rule{"prototypes.", "head.last_layer."},
    Rule{"last_layer.parametrizations.weight.original0", "last_layer.weight_g"},
    Rule{"last_layer.parametrizations.weight.original1", "last_layer.weight_v"}};

// timm calls the final norm so where a classifier with its own norm was asked for.
constexpr std::array timm_rules{Rule{"fc_norm.", "norm."}};

// torchvision.models.vit_b_16 and its like; linear_1 and linear_2 are in its published files.
constexpr std::array torchvision_rules{Rule{"class_token", "cls_token"},
                                       Rule{"conv_proj.", "patch_embed.proj."},
                                       Rule{"encoder.pos_embedding", "pos_embed"},
                                       Rule{"encoder.ln.", "norm."},
                                       Rule{"encoder.layers.encoder_layer_", "blocks."},
                                       Rule{".ln_1.", ".norm1."},
                                       Rule{".ln_2.", ".norm2."},
                                       Rule{".self_attention.in_proj_", ".attn.qkv."},
                                       Rule{".self_attention.out_proj.", ".attn.proj."},
                                       Rule{".mlp.0.", ".mlp.fc1."},
                                       Rule{".mlp.3.", ".mlp.fc2."},
                                       Rule{".mlp.linear_1.", ".mlp.fc1."},
                                       Rule{".mlp.linear_2.", ".mlp.fc2."},
                                       Rule{"heads.head.", "head."}};

// A naming is recognised by a name that only it has.
struct Naming {
  const char *name, *mark;
  std::span<const Rule> rules;
};
constexpr std::array<Naming, 3> namings{{{"torchvision", "encoder.layers.", torchvision_rules},
                                         {"timm", "fc_norm.", timm_rules},
                                         {"official", "", {}}}};

std::string renamed(std::string name, std::span<const Rule> rules) {
  for (const Rule& rule : rules)
    if (const size_t at = name.find(rule.from); at != std::string::npos)
      name.replace(at, std::string(rule.from).size(), rule.to);
  return name;
}

std::string unwrapped(std::string name) {
  for (const std::string wrapper : wrappers)
    for (size_t at = name.find(wrapper); at != std::string::npos; at = name.find(wrapper))
      name.erase(at, wrapper.size());
  return name;
}

const Naming& naming_of(const NamedTensors& state) {
  return *std::find_if(namings.begin(), namings.end(), [&](const Naming& naming) {
    return *naming.mark == '\0' || std::any_of(state.begin(), state.end(), [&](const auto& item) {
      return item.first.find(naming.mark) != std::string::npos;
    });
  });
}

// Takes weight and bias of a classifier out of `tensors`; both or none.
std::optional<LinearClassifier> take_classifier(NamedTensors& tensors) {
  const auto find = [&](const std::string& name) {
    return std::find_if(tensors.begin(), tensors.end(),
                        [&](const auto& item) { return item.first == name; });
  };
  for (const std::string layer : {"head", "fc"}) {
    const auto weight = find(layer + ".weight"), bias = find(layer + ".bias");
    if (weight == tensors.end() || bias == tensors.end()) continue;
    const LinearClassifier found{weight->second, bias->second};
    std::erase_if(tensors, [&](const auto& item) {
      return item.first == layer + ".weight" || item.first == layer + ".bias";
    });
    return found;
  }
  return {};
}

const at::Tensor* tensor_named(const NamedTensors& state, const std::string& name) {
  for (const auto& [key, tensor] : state)
    if (key == name) return &tensor;
  return nullptr;
}

bool same_names_and_shapes(const NamedTensors& a, const NamedTensors& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& item) {
           const at::Tensor* other = tensor_named(b, item.first);
           return other != nullptr && other->sizes() == item.second.sizes();
         });
}

// Zeros for each num_batches_tracked of the target whose running mean is given and it is not.
NamedTensors with_batch_counts(NamedTensors weights, const NamedTensors& target) {
  const std::string count = "num_batches_tracked", mean = "running_mean";
  for (const auto& [name, tensor] : target) {
    if (!name.ends_with(count) || tensor_named(weights, name) != nullptr) continue;
    const std::string norm = name.substr(0, name.size() - count.size());
    if (tensor_named(weights, norm + mean) != nullptr)
      weights.emplace_back(name, at::zeros_like(tensor));
  }
  return weights;
}

// "--arch vit_small --patch_size 8", or nothing.
std::string fitting_options(const NamedTensors& weights) {
  const at::Tensor* patches = tensor_named(weights, "patch_embed.proj.weight");
  BackboneConfig config;
  if (patches != nullptr) {
    const bool square = patches->dim() == 4 && patches->size(2) == patches->size(3);
    if (!square || patches->size(2) < 1 || patches->size(2) > widest_patch) return "";
    config.patch_size = patches->size(2);
  }
  for (const std::string& name : Backbones::names()) {
    const BackboneEntry& entry = Backbones::find(name);
    if (!entry.has_weights || entry.uses_patch_size != (patches != nullptr)) continue;
    try {
      const auto network = entry.make(config_of(weights, config, "weights"));
      const NamedTensors state = state_of(*network);
      if (!same_names_and_shapes(state, with_batch_counts(weights, state))) continue;
    } catch (const Error&) {
      continue;
    }
    return fmt::format(
        "--arch {}{}", entry.name,
        entry.uses_patch_size ? fmt::format(" --patch_size {}", config.patch_size) : "");
  }
  return "";
}

}  // namespace
}  // namespace weight_names

NetworkWeights official_weights(const NamedTensors& state, const std::string& what) {
  const weight_names::Naming& naming = weight_names::naming_of(state);
  NetworkWeights out;
  out.naming = naming.name;
  NamedTensors all;
  std::set<std::string> seen;
  for (const auto& [name, tensor] : state) {
    const std::string plain =
        weight_names::renamed(weight_names::renamed(weight_names::unwrapped(name), naming.rules),
                              weight_names::head_rules);
    require(seen.insert(plain).second, "{}: two tensors come to the name {}, one of them {}", what,
            plain, name);
    all.emplace_back(plain, tensor);
  }
  out.classifier = weight_names::take_classifier(all);
  for (const auto& item : all)
    (item.first.starts_with("head.") ? out.head : out.backbone).push_back(item);
  return out;
}

BackboneConfig config_of(const NamedTensors& backbone, BackboneConfig otherwise,
                         const std::string& what) {
  const at::Tensor* table = weight_names::tensor_named(backbone, "pos_embed");
  if (table == nullptr) return otherwise;
  const int64_t patches = table->dim() == 3 ? table->size(1) - 1 : 0;
  const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(patches))));
  require(patches > 0 && side * side == patches && side <= weight_names::widest_table,
          "{}: pos_embed has {} patches, expected a square number, at most {}^2", what, patches,
          weight_names::widest_table);
  otherwise.image_size = side * otherwise.patch_size;
  return otherwise;
}

int64_t load_backbone(const Backbone& target, const NamedTensors& weights,
                      const std::string& what) {
  const NamedTensors state = state_of(target);
  const NamedTensors all = weight_names::with_batch_counts(weights, state);
  try {
    load_state(state, all, what);
  } catch (const Error& error) {
    const std::string fitting = weight_names::fitting_options(weights);
    fail("{}{}", error.what(), fitting.empty() ? "" : "; these weights fit " + fitting);
  }
  return static_cast<int64_t>(all.size() - weights.size());
}

}  // namespace dinobench
