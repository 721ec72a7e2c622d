// Which of the networks in a weight file is meant.
#pragma once

#include <string>

#include "backbones/state.hpp"
#include "core/console.hpp"

namespace dinobench {

struct WeightPart {
  NamedTensors state;  // names as in the file
  std::string key;     // where in the file it is ("teacher", "model.state_dict"); "" for all of it
  std::string method;  // that trained it, "pretrained" where the file does not say
};

/// A file that is a plain dict of tensors is taken whole. Of a checkpoint: what lies under `key`,
/// through the usual wrappers (model, state_dict ...); if no key was asked for (`key_given`), the
/// student where there is no teacher, and what the wrappers hold. Input Errors list the keys there
/// are.
WeightPart read_weight_part(const std::string& path, const std::string& key, bool key_given,
                            Console& console);

}  // namespace dinobench
