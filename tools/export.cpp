// dinobench export: a network's weights for other programs.
#include <filesystem>

#include "core/error.hpp"
#include "core/weight_file.hpp"
#include "tools/evaluation_run.hpp"
#include "tools/frozen_model.hpp"
#include "tools/session.hpp"

namespace dinobench::export_command {
namespace {

// A DINO head keeps its names; a classifier is `head` on a ViT and `fc` on a ResNet, as in timm and
// torchvision.
NamedTensors head_of(const LoadedNetwork& network, const std::string& path) {
  NamedTensors out = network.head;
  const std::string layer = network.backbone->has_tokens() ? "head" : "fc";
  if (network.classifier) {
    out.emplace_back(layer + ".weight", network.classifier->weight);
    out.emplace_back(layer + ".bias", network.classifier->bias);
  }
  require(!out.empty(), "--with_head: {} has no head", path);
  return out;
}

int run(Options& options, Session& session) {
  ModelConfig config;
  std::string output;
  bool with_head = false;
  read_options(options, config);
  options.get("output", output, "file to write: .pth, .pt or .safetensors");
  options.get("with_head", with_head, "the projection head or classifier as well");
  ready(options, session);
  require(!config.pretrained_weights.empty(),
          "no --pretrained_weights was given: the file to read");
  require(!output.empty(), "no --output was given: the file to write");
  require(is_weight_file_name(output), "--output {}: expected .pth, .pt or .safetensors at its end",
          output);
  check_output(output);
  if (session.comm.rank() != 0) return 0;
  const LoadedNetwork network = load_network(config, session.console);
  NamedTensors state = state_of(*network.backbone);
  if (with_head) {
    const NamedTensors head = head_of(network, config.pretrained_weights);
    state.insert(state.end(), head.begin(), head.end());
  }
  save_weight_file(to_value(state), output);
  session.console.line(fmt::format("{}: {} tensors of {} under official names, {:.1f} MB", output,
                                   state.size(), network.name,
                                   static_cast<double>(std::filesystem::file_size(output)) / 1e6));
  return 0;
}

[[maybe_unused]] const bool registered = Commands::add(
    {"export",
     "export --pretrained_weights A --output B.pth|B.safetensors [--checkpoint_key K] [--arch ...]",
     "writes a backbone's weights under official names, for torch, timm and others", run});

}  // namespace
}  // namespace dinobench::export_command
