// Student and teacher of DINO.
#pragma once

#include <memory>

#include "methods/dino_options.hpp"
#include "methods/method.hpp"
#include "methods/multi_crop_network.hpp"

namespace dinobench {

struct DinoNetworks {
  std::shared_ptr<MultiCropNetwork> student, teacher;
};

/// Made in the reference's order, which decides the initial weights. The teacher starts as the
/// student, without gradients, drop path or predictor. Input Error for a backbone without weights.
DinoNetworks make_dino_networks(const MethodInputs& inputs, const DinoOptions& config);

}  // namespace dinobench
