// A part of the training set that a sweep picks its learning rate on.
#pragma once

#include <cstdint>

#include "data/dataset.hpp"

namespace dinobench {

struct HeldOut {
  Dataset train, held_out;  // both in the order of the whole set
};

/// Of each class round(fraction * n) images, at least one and never all, drawn at address (seed,
/// "linear holdout", {index in the set}); nothing of a class of one image. fraction in (0, 1).
/// Input Error if nothing is held out.
HeldOut hold_out(const Dataset& dataset, double fraction, uint64_t seed);

}  // namespace dinobench
