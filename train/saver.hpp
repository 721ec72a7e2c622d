// When a run is saved, and what then lies in its output_dir.
#pragma once

#include <chrono>
#include <future>
#include <optional>

#include "train/event_file.hpp"
#include "train/snapshot.hpp"
#include "train/training_run.hpp"

namespace dinobench {

/// Saves at epoch edges, every --saveckp_every_steps, every --saveckp_every_minutes, when told, and
/// at the end: first run.h5 and log.txt, then checkpoint.pth, so that the series reach at least as
/// far as the weights, and TensorBoard's events. The checkpoint before it stays as
/// checkpoint_previous.pth. An epoch edge that follows the last save by a few steps and a short
/// time is passed over, unless a copy is due: epochs of one step would otherwise spend their time
/// on files.
///
/// All but the events is written behind, by a thread of rank 0, from the run's own tensors; the run
/// waits in before_update() for what has not been read until then (train/snapshot.hpp). There is
/// one write at a time. A write that fails is thrown by the next after_step() or finish().
class Saver {
 public:
  explicit Saver(TrainingRun& run);
  ~Saver();  ///< waits for the write under way

  /// What this rank's clock says; rank 0's word is to be given to after_step() on all ranks.
  struct ClockWord {
    bool save = false;       // --saveckp_every_minutes are over
    bool pass_over = false;  // the last save is too short ago for an epoch's edge
  };
  ClockWord ask_clock() const;

  /// Collective; run.at.step is the number of steps done. The last save of a run, and one that was
  /// told, are complete when it returns.
  void after_step(ClockWord clock, bool told);
  /// Before every change of parameters, optimiser or teacher.
  void before_update();
  void finish();       ///< the write under way is complete, or what it threw comes out here
  void save();         ///< collective; whatever the step, complete when it returns
  void save_behind();  ///< collective; whatever the step

 private:
  using Clock = std::chrono::steady_clock;
  bool due(ClockWord clock) const;
  bool copy_due() const;
  bool writing() const;  // write_ is valid: whether it is still under way
  void begin(std::launch how);
  void start_write(std::launch how);

  TrainingRun& run_;
  int64_t saved_step_;
  Clock::time_point began_, saved_at_;
  Clock::duration cost_{};           // of the last save, from its begin to the end of its write
  std::optional<EventFile> events_;  // rank 0's
  std::optional<Snapshot> snapshot_;
  std::future<Clock::time_point> write_;  // when it ended; valid until finish() has its word
};

}  // namespace dinobench
