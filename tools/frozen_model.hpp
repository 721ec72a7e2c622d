// The network that an evaluation judges: from a weight file, or random.
#pragma once

#include <string>

#include "backbones/state.hpp"
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

struct Weights {
  NamedTensors state;
  std::string method;  // that trained them, "pretrained" where the file does not say
};

/// The tensors under the checkpoint key of a torch file; of its student if no key was asked for and
/// there is no teacher (methods without one); or the file itself if it is a plain dict of tensors.
/// Input Errors list the keys there are.
Weights read_weights(const ModelConfig& config, Console& console);

/// In eval mode, on the context's device. The position table's size is that of the weights; all
/// else must fit exactly. Without weights: random ones of the context's seed. Fills the record's
/// backbone, method and weights_sha256.
FrozenModel open_model(const ModelConfig& config, RunContext& context);

}  // namespace dinobench
