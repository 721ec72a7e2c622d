// Batches ahead of their use: worker threads decode, make the views and normalise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "data/packed_views.hpp"
#include "data/views.hpp"

namespace dinobench {

/// One view of every sample of a batch: float32, normalised, [B, 3, height, width] row-major. Empty
/// and 0 x 0 if a view without a fixed size lost its only image. No values where views are packed.
struct ViewBlock {
  int64_t height = 0, width = 0;
  std::vector<float> values;
};

struct Batch {
  std::vector<int64_t> samples;  // [B] address of each row (index into the data set)
  std::vector<int64_t> labels;   // [B], -1 where there are none
  std::vector<ViewBlock> views;  // V blocks
  PackedViews packed;            // LoaderConfig::pack: the views in the order of the blocks
  int64_t size() const { return static_cast<int64_t>(samples.size()); }
};

/// Where a batch comes from: the samples of this rank, and the epoch that addresses their draws.
struct BatchPlan {
  uint64_t epoch = 0;
  std::vector<int64_t> samples;
  std::vector<uint64_t>
      epochs;  // per sample, where a step crosses the end of the data; empty: `epoch` for all
};

/// What an unreadable image does. fail: an input Error from next(). skip (training): its row goes
/// to the next readable sample of the data set, with the draws of that sample's own address. drop
/// (evaluation): its row is left out of the batch, which may become empty; Batch::samples says what
/// is left.
enum class OnBadImage { fail, skip, drop };

struct LoaderConfig {
  uint64_t seed = 0;
  int64_t workers = 2;   // threads; 0 is taken as 1
  int64_t prefetch = 3;  // batches under way
  OnBadImage on_bad_image = OnBadImage::fail;
  bool pack = false;  // views are drawn and packed, not made; they must be packable()
};

/// Seconds spent in all worker threads together.
struct LoaderTimes {
  double decode = 0;   // reading and decoding
  double augment = 0;  // making and normalising the views, or drawing and packing them
  bool packed = false;
};

/// Draws of a view come from Rng(seed, "view", {epoch, sample, view}): the same whatever the
/// workers or ranks. Errors of workers and of the planner come out of next(), in their place in the
/// order.
class Loader {
 public:
  /// `plan(n)` gives the n-th batch, or nothing at the end; it is called in order, from one thread
  /// at a time.
  using Planner = std::function<std::optional<BatchPlan>(int64_t n)>;
  Loader(const Dataset& dataset, std::vector<View> views, Planner plan, LoaderConfig config);
  ~Loader();
  std::optional<Batch> next();
  int64_t skipped() const;    ///< unreadable files met in the batches handed out so far
  LoaderTimes times() const;  ///< so far
  std::vector<int64_t> bad_samples() const;  ///< which ones, ascending, each once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Step `step` of training: positions [step*G, (step+1)*G) of the epoch's permutation, rank r takes
/// the strided share r, r+world, ...; epochs of floor(N / G) steps unless steps_per_epoch > 0, then
/// further permutations follow. global_batch must be a multiple of world.
BatchPlan training_plan(int64_t dataset_size, int64_t global_batch, int64_t steps_per_epoch,
                        int64_t step, int rank, int world);

}  // namespace dinobench
