// When a run is saved, and what then lies in its output_dir.
#pragma once

#include <chrono>

#include "train/training_run.hpp"

namespace dinobench {

/// Saves at epoch edges, every --saveckp_every_steps, and at the end: first run.h5 and log.txt,
/// then checkpoint.pth, so that the series reach at least as far as the weights. An epoch edge that
/// follows the last save by a few steps and a short time is passed over, unless a copy is due:
/// epochs of one step would otherwise spend their time on files.
class Saver {
 public:
  explicit Saver(TrainingRun& run);
  void after_step();  ///< collective; run.at.step is the number of steps done
  void save();        ///< collective; whatever the step

 private:
  bool due();
  bool passed_over() const;
  bool copy_due() const;
  void write();

  using Clock = std::chrono::steady_clock;
  TrainingRun& run_;
  int64_t saved_step_;
  Clock::time_point saved_at_;
  Clock::duration cost_{};  // of the last save
};

}  // namespace dinobench
