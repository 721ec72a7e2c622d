// Saving of a run.
#include "train/saver.hpp"

#include "core/atomic_file.hpp"
#include "core/hdf5_store.hpp"
#include "train/agreement.hpp"
#include "train/journal.hpp"

namespace dinobench {
namespace saver {
namespace {

constexpr int64_t kFewSteps = 20;  // an epoch at least this long is always saved
constexpr int64_t kCostShare = 5;  // short epochs: saving takes at most a sixth of the time

}  // namespace
}  // namespace saver

Saver::Saver(TrainingRun& run) : run_(run), saved_step_(run.at.step), saved_at_(Clock::now()) {
  if (run.context.comm.rank() != 0) return;
  for (const char* name : {checkpoint_name, "run.h5", "log.txt"}) remove_abandoned(run.file(name));
  events_.emplace(run.config.output_dir, run.at.step);
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
  return {.save = patience.count() > 0 && since >= patience,
          .pass_over = run_.at.step + 1 - saved_step_ < saver::kFewSteps &&
                       since < saver::kCostShare * cost_};
}

bool Saver::due(ClockWord clock) const {
  const int64_t step = run_.at.step, every = run_.config.saveckp_every_steps;
  if (step == run_.stop || copy_due() || clock.save) return true;
  if (every > 0 && step % every == 0) return true;
  return step % run_.at.steps_per_epoch == 0 && !clock.pass_over;
}

void Saver::after_step(ClockWord clock, bool told) {
  if (told || due(clock)) save();
}

void Saver::save() {
  const auto timed = run_.stopwatch.section("save");
  const auto started = Clock::now();
  const int64_t step = run_.at.step;
  require_equal_on_ranks(run_.weights(), run_.context.comm, fmt::format("at step {}", step));
  if (run_.context.comm.rank() == 0) write();
  saved_step_ = step;
  saved_at_ = Clock::now();
  cost_ = saved_at_ - started;
}

void Saver::write() {
  std::filesystem::create_directories(run_.config.output_dir);
  save_record(run_.context.record, run_.file("run.h5"));
  AtomicFile log(run_.file("log.txt"));
  log.write(epoch_log(run_.context.record, run_.at.steps_per_epoch));
  log.commit();
  write_checkpoint();
  events_->append(run_.context.record, run_.global_batch());
  if (!copy_due()) return;
  const std::string copy = fmt::format("checkpoint{:04d}.pth", run_.at.epoch() - 1);
  keep_copy(run_.file(checkpoint_name), run_.file(copy.c_str()));
}

void Saver::write_checkpoint() {
  const auto path = run_.file(checkpoint_name);
  const bool whole = std::filesystem::exists(path) && !run_.checkpoint_damaged;
  if (whole) keep_copy(path, run_.file(previous_checkpoint_name));
  run_.facts.at = run_.at;
  save_checkpoint(path, *run_.method, *run_.optimizer, run_.facts);
  run_.checkpoint_damaged = false;
}

}  // namespace dinobench
