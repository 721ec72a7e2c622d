// Saving of a run.
#include "train/saver.hpp"

#include "core/atomic_file.hpp"
#include "core/hdf5_store.hpp"
#include "core/torch_file.hpp"
#include "train/agreement.hpp"
#include "train/journal.hpp"

namespace dinobench {
namespace saver {
namespace {

constexpr int64_t kFewSteps = 20;  // an epoch at least this long is always saved
constexpr int64_t kCostShare = 5;  // short epochs: a write is under way a sixth of the time at most

/// What one save leaves to the thread that writes, which knows neither the run nor HDF5.
struct Files {
  Value checkpoint;
  std::string record, log;
  std::filesystem::path checkpoint_path, record_path, log_path;
  std::filesystem::path previous, copy;  // links to make before and after; empty: none
};

void write(const std::filesystem::path& path, const std::string& bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void write(const Files& files) {
  write(files.record_path, files.record);
  write(files.log_path, files.log);
  if (!files.previous.empty()) keep_copy(files.checkpoint_path, files.previous);
  save_torch_file(files.checkpoint, files.checkpoint_path);
  if (!files.copy.empty()) keep_copy(files.checkpoint_path, files.copy);
}

}  // namespace
}  // namespace saver

Saver::Saver(TrainingRun& run) : run_(run), saved_step_(run.at.step), saved_at_(Clock::now()) {
  if (run.context.comm.rank() != 0) return;
  for (const char* name : {checkpoint_name, "run.h5", "log.txt"}) remove_abandoned(run.file(name));
  events_.emplace(run.config.output_dir, run.at.step);
}

// What the write throws is lost here: whoever wants to know calls finish().
Saver::~Saver() {
  if (write_.valid()) write_.wait();
}

bool Saver::copy_due() const {
  const int64_t frequency = run_.config.saveckp_freq;
  const bool edge = run_.at.step > 0 && run_.at.step % run_.at.steps_per_epoch == 0;
  // The epoch just done, as the reference counts: copies after epochs 0, 20, 40 ...
  return frequency > 0 && edge && (run_.at.epoch() - 1) % frequency == 0;
}

Saver::ClockWord Saver::ask_clock() const {
  const auto since = Clock::now() - saved_at_;
  const std::chrono::duration<double> patience(60 * run_.config.saveckp_every_minutes);
  const bool busy = write_.valid() || since < saver::kCostShare * cost_;
  return {.save = patience.count() > 0 && since >= patience,
          .pass_over = run_.at.step + 1 - saved_step_ < saver::kFewSteps && busy};
}

bool Saver::due(ClockWord clock) const {
  const int64_t step = run_.at.step, every = run_.config.saveckp_every_steps;
  if (step == run_.stop || copy_due() || clock.save) return true;
  if (every > 0 && step % every == 0) return true;
  return step % run_.at.steps_per_epoch == 0 && !clock.pass_over;
}

bool Saver::writing() const {
  return write_.wait_for(Clock::duration(0)) == std::future_status::timeout;
}

void Saver::after_step(ClockWord clock, bool told) {
  if (write_.valid() && !writing()) finish();
  if (told || run_.at.step == run_.stop)
    save();
  else if (due(clock))
    save_behind();
}

void Saver::before_update() {
  if (!snapshot_) return;
  const auto timed = run_.stopwatch.section("save");
  if (writing()) snapshot_->keep();
  snapshot_.reset();
}

void Saver::finish() {
  if (!write_.valid()) return;
  const auto timed = run_.stopwatch.section("save");
  snapshot_.reset();
  auto write = std::move(write_);
  saved_at_ = write.get();
  cost_ = saved_at_ - began_;
}

void Saver::save() {
  begin(std::launch::deferred);
  finish();
}

void Saver::save_behind() { begin(std::launch::async); }

void Saver::begin(std::launch how) {
  finish();
  const auto timed = run_.stopwatch.section("save");
  began_ = saved_at_ = Clock::now();
  saved_step_ = run_.at.step;
  require_equal_on_ranks(run_.weights(), run_.context.comm,
                         fmt::format("at step {}", run_.at.step));
  if (run_.context.comm.rank() == 0) start_write(how);
}

void Saver::start_write(std::launch how) {
  saver::Files files;
  files.record_path = run_.file("run.h5");
  files.record = record_bytes(run_.context.record, files.record_path);
  files.log_path = run_.file("log.txt");
  files.log = epoch_log(run_.context.record, run_.at.steps_per_epoch);
  files.checkpoint_path = run_.file(checkpoint_name);
  const bool whole = std::filesystem::exists(files.checkpoint_path) && !run_.checkpoint_damaged;
  if (whole) files.previous = run_.file(previous_checkpoint_name);
  if (copy_due())
    files.copy = run_.file(fmt::format("checkpoint{:04d}.pth", run_.at.epoch() - 1).c_str());
  run_.checkpoint_damaged = false;
  run_.facts.at = run_.at;
  std::filesystem::create_directories(run_.config.output_dir);
  snapshot_.emplace();
  files.checkpoint = checkpoint_value(*run_.method, *run_.optimizer, run_.facts, *snapshot_);
  write_ = std::async(how, [files = std::move(files)] {
    saver::write(files);
    return Clock::now();
  });
  events_->append(run_.context.record, run_.global_batch());
}

}  // namespace dinobench
