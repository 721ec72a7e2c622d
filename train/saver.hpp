// When a run is saved, and what then lies in its output_dir.
#pragma once

#include <chrono>
#include <optional>

#include "train/event_file.hpp"
#include "train/training_run.hpp"

namespace dinobench {

/// Saves at epoch edges, every --saveckp_every_steps, every --saveckp_every_minutes, when told, and
/// at the end: first run.h5 and log.txt, then checkpoint.pth, so that the series reach at least as
/// far as the weights, and last TensorBoard's events. The checkpoint before it stays as
/// checkpoint_previous.pth. An epoch edge that follows the last save by a few steps and a short
/// time is passed over, unless a copy is due: epochs of one step would otherwise spend their time
/// on files.
class Saver {
 public:
  explicit Saver(TrainingRun& run);

  /// What this rank's clock says; rank 0's word is to be given to after_step() on all ranks.
  struct ClockWord {
    bool save = false;       // --saveckp_every_minutes are over
    bool pass_over = false;  // the last save is too short ago for an epoch's edge
  };
  ClockWord ask_clock() const;

  /// Collective; run.at.step is the number of steps done.
  void after_step(ClockWord clock, bool told);
  void save();  ///< collective; whatever the step

 private:
  bool due(ClockWord clock) const;
  bool copy_due() const;
  void write();
  void write_checkpoint();

  using Clock = std::chrono::steady_clock;
  TrainingRun& run_;
  int64_t saved_step_;
  Clock::time_point saved_at_;
  Clock::duration cost_{};           // of the last save
  std::optional<EventFile> events_;  // rank 0's
};

}  // namespace dinobench
