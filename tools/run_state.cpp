// State of a run from run.h5 and the record beside it; from log.txt where there is no run.h5.
#include "tools/run_state.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "core/atomic_file.hpp"
#include "core/console.hpp"
#include "core/error.hpp"
#include "core/hdf5_store.hpp"
#include "tools/run_state_log.hpp"
#include "train/collapse_watch.hpp"

namespace dinobench {
namespace run_state {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kRecent = 50;  // steps
constexpr double kShortest = 600, kUnknown = 3600, kIntervals = 3;
constexpr const char *kRecord = "run.h5", *kLog = "log.txt", *kCheckpoint = "checkpoint.pth";

bool is_work(const fs::path& path) { return path.filename().string().ends_with("_work"); }

bool is_run(const fs::path& path) {
  if (is_work(path)) return true;
  for (const char* name : {kRecord, kLog, kCheckpoint})
    if (fs::is_regular_file(path / name)) return true;
  return false;
}

RunFolder folder_of(const fs::path& path) {
  if (!is_work(path)) return {path, {}};
  const std::string name = path.string();
  return {path, name.substr(0, name.size() - std::string_view("_work").size()) + ".h5"};
}

const std::vector<double>& series(const RunRecord& record, const std::string& name) {
  static const std::vector<double> nothing;
  const auto at = record.train.find(name);
  return at == record.train.end() ? nothing : at->second;
}

double last(const RunRecord& record, const std::string& name) {
  const auto& values = series(record, name);
  return values.empty() ? std::nan("") : values.back();
}

double option(const RunRecord& record, const std::string& name) {
  const auto at = record.options.find(name);
  return at == record.options.end() ? 0 : std::strtod(at->second.c_str(), nullptr);
}

double median_of_last(const std::vector<double>& values) {
  std::vector<double> recent;
  for (size_t i = values.size(); i-- > 0 && recent.size() < kRecent;)
    if (std::isfinite(values[i])) recent.push_back(values[i]);
  if (recent.empty()) return std::nan("");
  const auto middle = recent.begin() + static_cast<std::ptrdiff_t>(recent.size() / 2);
  std::nth_element(recent.begin(), middle, recent.end());
  return *middle;
}

/// Seconds between two saves at the run's speed; NaN if that is unknown.
double save_interval(const RunRecord& record, double images_per_second) {
  const double step = record.number("global_batch") / images_per_second;
  double steps = record.number("steps_per_epoch");
  const double every = option(record, "saveckp_every_steps");
  if (every > 0) steps = std::min(steps, every);
  const double minutes = option(record, "saveckp_every_minutes");
  return minutes > 0 ? std::fmin(steps * step, 60 * minutes) : steps * step;
}

void take_series(const RunRecord& record, RunState& state) {
  state.step = static_cast<int64_t>(series(record, "step").size());
  if (const double total = record.number("total_steps"); !std::isnan(total))
    state.total = static_cast<int64_t>(total);
  state.loss = last(record, "loss");
  state.teacher_entropy = last(record, "teacher_entropy");
  state.uniform_entropy = record.number("uniform_entropy");
  state.images_per_second = median_of_last(series(record, "images_per_second"));
  if (state.total > state.step)
    state.seconds_left = static_cast<double>(state.total - state.step) *
                         record.number("global_batch") / state.images_per_second;
  for (const std::string& verdict :
       {collapse_verdict(record, std::isnan(state.uniform_entropy) ? 0 : state.uniform_entropy),
        divergence_verdict(record)})
    if (!verdict.empty()) state.warnings.push_back(verdict);
}

void judge_age(const RunRecord& record, double patience, RunState& state) {
  const double interval = save_interval(record, state.images_per_second);
  const bool known = std::isfinite(interval);
  const double limit = patience > 0 ? patience
                       : known      ? std::max(kShortest, kIntervals * interval)
                                    : kUnknown;
  if (!(state.age > limit)) return;
  state.state = "looks dead";
  state.reason = fmt::format(
      "no save for {}{}; the same command goes on from step {}", duration_text(state.age),
      known ? ", at its speed one is due every " + duration_text(interval) : std::string(),
      state.step);
}

void take_training(const RunFolder& folder, double patience, RunState& state) {
  const RunRecord record = load_record(folder.path / kRecord);
  take_series(record, state);
  state.state = record.text("status");
  state.reason = record.text("error");
  if (state.state != "running") return;
  if (!folder.record.empty() && state.total >= 0 && state.step >= state.total)
    state.state = "evaluating";  // for how long is unknown
  else
    judge_age(record, patience, state);
}

/// The record of `run` has the last word, unless training began again after it.
void take_record(const RunFolder& folder, RunState& state) {
  if (folder.record.empty() || !fs::is_regular_file(folder.record)) return;
  const fs::path training = folder.path / kRecord;
  if (fs::is_regular_file(training) &&
      fs::last_write_time(training) > fs::last_write_time(folder.record))
    return;
  const RunRecord record = load_record(folder.record);
  state.state = record.text("status");
  state.reason = record.text("error");
  for (const auto& [name, evaluation] : record.eval) {
    const auto at = evaluation.attributes.find("status");
    const auto* status =
        at == evaluation.attributes.end() ? nullptr : std::get_if<std::string>(&at->second);
    const bool done = status != nullptr && *status == "completed";
    state.evaluations.push_back(done ? name : name + " (" + (status ? *status : "?") + ")");
  }
}

double age_of(const fs::path& folder, fs::file_time_type now) {
  double age = std::nan("");
  for (const char* name : {kRecord, kLog, kCheckpoint})
    if (fs::is_regular_file(folder / name))
      age = std::fmin(
          age, std::chrono::duration<double>(now - fs::last_write_time(folder / name)).count());
  return age;
}

void take_log(const RunFolder& folder, RunState& state) {
  state.state = "no run.h5";
  if (!fs::is_regular_file(folder.path / kLog)) return;
  const LastEpoch epoch = last_epoch(read_file(folder.path / kLog));
  state.loss = epoch.loss;
  if (epoch.epoch >= 0) state.reason = fmt::format("log.txt ends with epoch {}", epoch.epoch);
}

}  // namespace
}  // namespace run_state

std::vector<RunFolder> find_runs(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  require(fs::is_directory(folder), "{}: expected a folder", folder.string());
  std::set<fs::path> found;
  if (run_state::is_run(folder)) found.insert(folder);
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_directory() && run_state::is_run(entry.path())) found.insert(entry.path());
  require(!found.empty(), "{}: no run in it (expected run.h5, log.txt or checkpoint.pth)",
          folder.string());
  std::vector<RunFolder> out;
  for (const fs::path& path : found) out.push_back(run_state::folder_of(path));
  return out;
}

RunState read_run_state(const RunFolder& folder, std::filesystem::file_time_type now,
                        double patience) {
  using namespace run_state;
  RunState state{.name = folder.path.string(), .state = "not begun", .reason = ""};
  try {
    state.age = age_of(folder.path, now);
    if (fs::is_regular_file(folder.path / kRecord))
      take_training(folder, patience, state);
    else if (!std::isnan(state.age))
      take_log(folder, state);
    take_record(folder, state);
  } catch (const Error& error) {
    state.state = "unreadable";
    state.reason = error.what();
  } catch (const fs::filesystem_error& error) {  // a file that is being replaced
    state.state = "unreadable";
    state.reason = error.what();
  }
  return state;
}

}  // namespace dinobench
