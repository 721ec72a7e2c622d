// The series of a run as TensorBoard reads them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/run_record.hpp"

namespace dinobench {

/// `events.out.tfevents.<seconds>.<host>.dinobench` in a run's folder: one event a step with a
/// scalar `train/<series>` for each finite value, float32. Series of single parameters (norms/...)
/// are left to the record. Made from the record's series, appended to at every save, so that a
/// reader can follow the file.
class EventFile {
 public:
  /// Of an event file of ours that is there, the last by name, only whole records of steps before
  /// `first_step` are kept: what follows is about to be repeated, or was cut short. A run Error if
  /// the file cannot be read or cut.
  EventFile(std::filesystem::path folder, int64_t first_step);

  /// Adds the steps of the series that the file lacks, those that are lost (NaN) as empty events.
  /// `global_batch` images a step, with images_per_second, date the steps back from now. A run
  /// Error if the file cannot be written; it is then as it was before.
  void append(const RunRecord& record, int64_t global_batch);

  const std::filesystem::path& path() const { return path_; }

 private:
  void keep_before(int64_t first_step);

  std::filesystem::path path_;  // empty: none yet, the first append() names it
  std::filesystem::path folder_;
  int64_t next_step_ = 0;
};

/// One framed record: length, masked CRC-32C of it, data, masked CRC-32C of that.
std::string framed(const std::string& data);

/// Event{wall_time, step, summary} with the values of one step.
std::string step_event(const RunRecord& record, int64_t step, double wall_time);

/// Removes our event files of a folder; those of other programs stay.
void remove_events(const std::filesystem::path& folder);

}  // namespace dinobench
