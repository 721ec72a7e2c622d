// How a run stands, read from the files in its folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace dinobench {

/// A folder that `train` or `run` writes to, and the record beside it that `run` will write (of
/// X_work it is X.h5).
struct RunFolder {
  std::filesystem::path path;
  std::filesystem::path record;  // empty for `train`
};

/// The run folders at and below `folder`, sorted: those that hold run.h5, log.txt or
/// checkpoint.pth, and those named *_work. Input Error if `folder` is none or there are none.
std::vector<RunFolder> find_runs(const std::filesystem::path& folder);

struct RunState {
  std::string name;    // path of the folder
  std::string state;   // running, looks dead, evaluating, completed, failed, not begun, unreadable
  std::string reason;  // of failed, unreadable and looks dead
  int64_t step = -1, total = -1;  // -1: unknown
  double loss = std::numeric_limits<double>::quiet_NaN();
  double teacher_entropy = loss, uniform_entropy = loss;  // nats
  double images_per_second = loss;                        // median of the last 50 steps
  double seconds_left = loss;                             // at that speed
  double age = loss;                                      // seconds since the last save
  std::vector<std::string> evaluations = {};              // those in the record, with their status
  std::vector<std::string> warnings = {};                 // collapse, a loss that is not finite
};

/// `patience`: seconds without a save after which a run looks dead; 0: three times what lies
/// between two saves at the run's speed, at least ten minutes (an hour while that is unknown).
RunState read_run_state(const RunFolder& folder, std::filesystem::file_time_type now,
                        double patience);

}  // namespace dinobench
