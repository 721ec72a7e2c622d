// Where a step's tensors come from: a data set through the loader, or a file of recorded views.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "data/loader.hpp"
#include "methods/method.hpp"

namespace dinobench {

/// Which steps of the run a source serves, to which rank, and where its tensors go.
struct SourceConfig {
  int64_t first_step = 0, stop = 0;  // steps [first_step, stop)
  int64_t global_batch = 1, steps_per_epoch = 1;
  int64_t parts = 1;  // of a step's batch on this rank, each a StepBatch of its own
  int rank = 0, world = 1;
  c10::Device device{c10::DeviceType::CPU};
  c10::ScalarType dtype = c10::ScalarType::Float;
};

/// Batches in step order, the parts of a step one after another. samples are addresses that no rank
/// count changes: draws such as drop path hang on them.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual StepBatch next() = 0;                           ///< Error once the steps are used up
  virtual std::string name_of(int64_t sample) const = 0;  ///< what a person would look for
  virtual int64_t skipped() const { return 0; }           ///< unreadable images replaced so far
  virtual LoaderTimes times() const { return {}; }        ///< of the work behind the batches
};

/// Views made from `dataset` (which outlives the source) by worker threads. Where the device has
/// kernels and all views are random ones in float32, the threads only decode and draw, and the
/// device makes the same views of it, a batch ahead.
std::unique_ptr<BatchSource> make_loader_source(const Dataset& dataset, std::vector<View> views,
                                                const LoaderConfig& loader,
                                                const SourceConfig& config);

/// Recorded views: `/step/<n>/view/<v>` float32 [B, 3, h, w] with B the global batch, optional
/// `/step/<n>/labels` [B]. Rank r takes rows [r B/W, (r+1) B/W). `views` is how many the method
/// wants. Input Error for a missing step or another shape, naming the object.
std::unique_ptr<BatchSource> make_replay_source(const std::filesystem::path& file, int64_t views,
                                                const SourceConfig& config);

/// What a replay file says about itself.
struct ReplayFacts {
  int64_t steps = 0;    // steps 0..steps-1 are there
  int64_t classes = 0;  // highest label + 1; 0 without labels
};
ReplayFacts inspect_replay(const std::filesystem::path& file);

}  // namespace dinobench
