// The official measures of DAVIS-2017: region J and boundary F (Perazzi et al. 2016,
// Pont-Tuset et al. 2017; dino.md 11.2).
#pragma once

#include <cstdint>
#include <span>

#include "data/mask.hpp"

namespace dinobench {

/// J: intersection over union of the pixels with this label, in [0, 1]; 1 if neither mask has any.
/// Both masks have one size (input Error otherwise); void is background.
double region_similarity(const Mask& result, const Mask& truth, uint8_t label);

/// F: harmonic mean of the shares of boundary pixels of either mask that lie within
/// ceil(0.008 * diagonal) pixels of the other's boundary, in [0, 1]. Without boundaries on either
/// side 1, on one side 0.
double boundary_accuracy(const Mask& result, const Mask& truth, uint8_t label);

/// Radius of the disk that boundaries may differ by, in pixels.
int64_t boundary_tolerance(int64_t width, int64_t height);

struct Statistics {
  double mean = 0;
  double recall = 0;  // share of frames above one half of `full`, times `full`
  double decay = 0;   // mean of the first quarter of the frames less that of the last
};

/// Of one object's values over its scored frames, in [0, full]; at least one value. Quarters share
/// their end frames, as in the official code (whose 8-bit indices go wrong beyond 256 frames; these
/// do not).
Statistics statistics(std::span<const double> values, double full);

}  // namespace dinobench
