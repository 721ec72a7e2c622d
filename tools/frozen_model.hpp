// The network that an evaluation judges: from a weight file, or random.
#pragma once

#include <string>

#include "backbones/pretrained.hpp"
#include "core/options.hpp"
#include "eval/evaluation.hpp"

namespace dinobench {

struct ModelConfig {
  std::string arch = "vit_small", pretrained_weights, checkpoint_key = "teacher";
  bool key_given = false;  // else a checkpoint without a teacher gives its student
  int64_t patch_size = 16;
  int64_t image_size = 224;  // of a random ViT's position table, and of `pixels`
};
/// Names and defaults of the reference's evaluation scripts.
void read_options(Options& options, ModelConfig& config);

/// As load_network() of backbones/pretrained.hpp.
LoadedNetwork load_network(const ModelConfig& config, Console& console);

/// In eval mode, on the context's device: load_network(), or without weights a random network of
/// the context's seed. Fills the record's backbone, method and weights_sha256.
FrozenModel open_model(const ModelConfig& config, RunContext& context);

}  // namespace dinobench
