// Saving of a run.
#include "train/saver.hpp"

#include <span>

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

Saver::Saver(TrainingRun& run) : run_(run), saved_step_(run.at.step), saved_at_(Clock::now()) {}

bool Saver::copy_due() const {
  const int64_t frequency = run_.config.saveckp_freq;
  const bool edge = run_.at.step > 0 && run_.at.step % run_.at.steps_per_epoch == 0;
  // The epoch just done, as the reference counts: copies after epochs 0, 20, 40 ...
  return frequency > 0 && edge && (run_.at.epoch() - 1) % frequency == 0;
}

bool Saver::passed_over() const {
  return run_.at.step - saved_step_ < saver::kFewSteps &&
         Clock::now() - saved_at_ < saver::kCostShare * cost_;
}

bool Saver::due() {
  const int64_t step = run_.at.step, every = run_.config.saveckp_every_steps;
  if (step == run_.stop || copy_due() || (every > 0 && step % every == 0)) return true;
  if (step % run_.at.steps_per_epoch != 0) return false;
  // Clocks differ between ranks: rank 0's counts.
  auto pass = static_cast<std::byte>(passed_over());
  run_.context.comm.broadcast(std::span(&pass, 1), 0);
  return pass == std::byte{0};
}

void Saver::after_step() {
  if (due()) save();
}

void Saver::save() {
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
  run_.facts.at = run_.at;
  save_checkpoint(run_.file("checkpoint.pth"), *run_.method, *run_.optimizer, run_.facts);
  if (!copy_due()) return;
  const std::string copy = fmt::format("checkpoint{:04d}.pth", run_.at.epoch() - 1);
  keep_copy(run_.file("checkpoint.pth"), run_.file(copy.c_str()));
}

}  // namespace dinobench
