// Training batches of a linear probe: features of augmented images, the same on every rank.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "data/loader.hpp"
#include "eval/evaluation.hpp"

namespace dinobench {

struct StreamConfig {
  int64_t batch_per_rank = 128;
  int64_t first_epoch = 0, epochs = 100;
  int64_t dimension = 0;  // of a feature
  OnBadImage on_bad_image = OnBadImage::fail;
};

/// A step is G = batch_per_rank * world positions of the epoch's permutation (torch's, seeded with
/// the epoch), the last step what is left of them: no image is left out and none comes twice, a
/// stated fix of the reference's padding. Rank r reads positions [r * batch_per_rank, (r + 1) *
/// batch_per_rank) of a step; the features are then gathered, so that all ranks hold the whole step
/// in the order of the permutation.
class ProbeStream {
 public:
  ProbeStream(const Dataset& dataset, const View& view, const FrozenModel& network,
              const StreamConfig& config, RunContext& context);
  ~ProbeStream();

  struct Step {
    at::Tensor
        features;  // [rows, dimension] on the context's device; float32, float64 in comparison runs
    at::Tensor labels;  // int64 [rows]
  };
  int64_t steps_per_epoch() const;
  Step next();  ///< every rank calls it

  /// Files that could not be read so far and whose place another took, on all ranks together. Every
  /// rank calls it.
  int64_t bad_images();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dinobench
