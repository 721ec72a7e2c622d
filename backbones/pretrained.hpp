// A backbone with the weights of a file, of whatever program and layout.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backbones/backbone.hpp"
#include "backbones/state.hpp"
#include "core/console.hpp"

namespace dinobench {

struct WeightSource {
  std::string path;             // .pth of any torch age, .safetensors
  std::string key = "teacher";  // which network of a training checkpoint
  bool key_given = false;       // else a checkpoint without a teacher gives its student
};

/// A network with the weights of a file, and what else the file had.
struct LoadedNetwork {
  std::shared_ptr<Backbone> backbone;          // float32, on the host
  std::optional<LinearClassifier> classifier;  // of a supervised network
  NamedTensors head;                           // of a DINO head, official names
  std::string name;                            // "vit_small/16", "resnet50"
  std::string method;                          // that trained it, "pretrained" if unknown
};

/// Strict, under any naming of the same network (backbones/weight_names.hpp); the position table's
/// size is that of the weights, all else that of `config`. Prints which tensors matched, and what
/// was left out. Input Error for a file that does not fit.
LoadedNetwork load_network(const BackboneEntry& entry, const BackboneConfig& config,
                           const WeightSource& source, Console& console);

}  // namespace dinobench
