// Gradients in flat buckets, averaged over ranks while backward still runs.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "comm/communicator.hpp"

namespace dinobench {

/// How the buckets are cut. The first is small, so that the first sum starts early.
struct BucketSizes {
  int64_t first_bytes = int64_t{1} << 20;
  int64_t other_bytes = int64_t{25} << 20;
};

/// Owns the gradients of `parameters` as views of flat buffers, laid out in backward order (the
/// reverse of registration). A hook per parameter counts its bucket down during backward(); a full
/// bucket's sum over ranks starts at once, in bucket order, so that every rank calls the same
/// collectives alike.
///
///   buckets.zero();
///   loss.backward();
///   buckets.finish();   // gradients are now means over ranks, bit-equal on all of them
///
/// A parameter that a step does not use keeps its zeros and takes part with them: here "absent" is
/// the optimiser's word (Method::frozen), not the reduction's. One backward() between zero() and
/// finish() that is not held. The sums go the way of comm/device_reducer.hpp: on GPUs beside the
/// backward pass. The
/// parameters share one dtype (float32 or float64) and one device, which do not change afterwards.
class GradientBuckets {
 public:
  GradientBuckets(const std::vector<at::Tensor>& parameters, Communicator& comm,
                  BucketSizes sizes = {});
  ~GradientBuckets();  ///< removes the hooks and the gradients
  GradientBuckets(const GradientBuckets&) = delete;
  GradientBuckets& operator=(const GradientBuckets&) = delete;

  void zero();  ///< before backward(): gradients 0, buckets empty
  /// While on, gradients only add up: for all but the last backward() of a step in parts.
  void hold(bool on);
  void finish();  ///< after backward(): starts what is left, waits, divides by the number of ranks
  int64_t count() const;  ///< buckets

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace dinobench
