// From a file to a network, strictly.
#include "backbones/pretrained.hpp"

#include "backbones/weight_names.hpp"
#include "backbones/weight_part.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace pretrained {
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
}  // namespace pretrained

LoadedNetwork load_network(const BackboneEntry& entry, const BackboneConfig& config,
                           const WeightSource& source, Console& console) {
  require(entry.has_weights, "--pretrained_weights: {} has no weights", entry.name);
  const std::string& path = source.path;
  const WeightPart part = read_weight_part(path, source.key, source.key_given, console);
  NetworkWeights weights = official_weights(part.state, path);
  LoadedNetwork network{entry.make(config_of(weights.backbone, config, path)),
                        {},
                        std::move(weights.head),
                        entry.name,
                        part.method};
  if (entry.uses_patch_size) network.name += fmt::format("/{}", config.patch_size);
  const int64_t added = load_backbone(*network.backbone, weights.backbone, path);
  if (weights.classifier && pretrained::fits(*weights.classifier, network.backbone->embed_dim()))
    network.classifier = weights.classifier;
  console.line(pretrained::report(network, weights, part.key, added));
  return network;
}

}  // namespace dinobench
