// The names that others give to the weights of the same networks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backbones/backbone.hpp"
#include "backbones/state.hpp"

namespace dinobench {

/// The tensors of a file, under official names: those of DINO's files, which are timm's as well,
/// and torchvision's for a ResNet (dino.md 1.7, 2 and 14).
struct NetworkWeights {
  NamedTensors backbone;
  NamedTensors head;                           // "head.*" of a DINO head
  std::optional<LinearClassifier> classifier;  // of a supervised network, if there is one
  std::string naming;                          // of the file: "official", "timm", "torchvision"
};

/// Understands DINO's published backbones and checkpoints (an early upload's head too), timm's and
/// torchvision's ViTs and ResNets, and the wrappers "module.", "backbone." and "_orig_mod."
/// wherever they occur. Unknown names are kept: strict loading will report them. Two tensors that
/// come to one name are an input Error that says `what`.
NetworkWeights official_weights(const NamedTensors& state, const std::string& what);

/// What the weights say of a ViT, else what `otherwise` says: the side of a patch is not read off,
/// the position table's images are. Input Error for a table that is no square.
BackboneConfig config_of(const NamedTensors& backbone, BackboneConfig otherwise,
                         const std::string& what);

/// load_state(), strict but for the batch counts that files of before torch 0.4.1 do not have: they
/// become 0; returns how many. On a mismatch the input Error also names the registered backbone
/// that would fit.
int64_t load_backbone(const Backbone& target, const NamedTensors& weights, const std::string& what);

}  // namespace dinobench
