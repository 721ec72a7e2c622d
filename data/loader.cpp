// The loader: worker threads take rows of the first unfinished batch; batches leave in order.
#include "data/loader.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "core/error.hpp"
#include "data/batch_maker.hpp"

namespace dinobench {

struct Loader::State {
  /// A batch with the state of its rows; all of it under the mutex but the rows' contents.
  struct Slot {
    std::unique_ptr<PendingBatch> pending;
    int64_t claimed = 0, done = 0;
    std::vector<int64_t> bad;  // samples that could not be read
    std::exception_ptr error;  // of the lowest row that failed
    int64_t error_row = 0;
    bool complete = false;  // all rows done, and what comes after them
  };

  const BatchMaker maker;
  const Planner plan;
  const int64_t prefetch;

  mutable std::mutex mutex;
  std::condition_variable work, finished;
  std::deque<std::unique_ptr<Slot>> slots;  // in order; at most `prefetch`
  int64_t planned = 0;
  bool planning = false, ended = false, broken = false, stopping = false;
  std::exception_ptr failure;  // ends the loader: of the planner, or of a batch handed out
  int64_t skipped = 0;
  std::set<int64_t> bad;
  std::vector<std::thread> threads;

  State(const Dataset& dataset, std::vector<View> views, Planner plan_, const LoaderConfig& config)
      : maker(dataset, std::move(views), config),
        plan(std::move(plan_)),
        prefetch(config.prefetch) {}

  Slot* unclaimed() {
    for (const auto& slot : slots) {
      if (slot->claimed < slot->pending->rows()) return slot.get();
    }
    return nullptr;
  }

  bool may_plan() const {
    return !planning && !ended && static_cast<int64_t>(slots.size()) < prefetch;
  }

  /// Plans one batch; the lock is released meanwhile, and `planning` keeps the others out.
  void plan_next(std::unique_lock<std::mutex>& lock) {
    planning = true;
    const int64_t n = planned++;
    lock.unlock();
    auto slot = std::make_unique<Slot>();
    std::exception_ptr problem;
    try {
      if (std::optional<BatchPlan> next = plan(n)) slot->pending = maker.prepare(std::move(*next));
    } catch (...) {
      problem = std::current_exception();
    }
    lock.lock();
    planning = false;
    if (problem) failure = problem;
    if (slot->pending) {
      slot->complete = slot->pending->rows() == 0;
      slots.push_back(std::move(slot));
    } else {
      ended = true;
    }
    work.notify_all();
    finished.notify_all();
  }

  void fill_one(Slot& slot, std::unique_lock<std::mutex>& lock) {
    const int64_t row = slot.claimed++;
    lock.unlock();
    std::vector<int64_t> unreadable;
    std::exception_ptr problem;
    try {
      unreadable = maker.fill(*slot.pending, row);
    } catch (...) {
      problem = std::current_exception();
    }
    lock.lock();
    slot.bad.insert(slot.bad.end(), unreadable.begin(), unreadable.end());
    if (problem && (!slot.error || row < slot.error_row)) {
      slot.error = problem;
      slot.error_row = row;
    }
    if (++slot.done == slot.pending->rows()) finish(slot, lock);
  }

  /// After the last row; the lock is released meanwhile.
  void finish(Slot& slot, std::unique_lock<std::mutex>& lock) {
    if (!slot.error) {
      lock.unlock();
      std::exception_ptr problem;
      try {
        maker.finish(*slot.pending);
      } catch (...) {
        problem = std::current_exception();
      }
      lock.lock();
      slot.error = problem;
    }
    slot.complete = true;
    finished.notify_all();
  }

  void run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      if (Slot* slot = unclaimed()) {
        fill_one(*slot, lock);
      } else if (may_plan()) {
        plan_next(lock);
      } else {
        work.wait(lock);
      }
    }
  }
};

Loader::Loader(const Dataset& dataset, std::vector<View> views, Planner plan, LoaderConfig config)
    : state_(std::make_unique<State>(dataset, std::move(views), std::move(plan), config)) {
  require(config.workers >= 0 && config.workers <= 4096, "{} loader workers", config.workers);
  require(config.prefetch > 0, "a loader that prefetches {} batches", config.prefetch);
  for (int64_t i = 0; i < std::max<int64_t>(config.workers, 1); ++i) {
    state_->threads.emplace_back([state = state_.get()] { state->run(); });
  }
}

Loader::~Loader() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->work.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

std::optional<Batch> Loader::next() {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  s.finished.wait(
      lock, [&s] { return s.broken || (s.slots.empty() ? s.ended : s.slots.front()->complete); });
  if (s.slots.empty() || s.broken) {
    if (s.failure) std::rethrow_exception(s.failure);
    return std::nullopt;
  }
  const std::unique_ptr<State::Slot> first = std::move(s.slots.front());
  s.slots.pop_front();
  s.work.notify_all();
  if (first->error) {  // nothing comes after a failed batch; workers may still be busy with others
    s.broken = s.ended = true;
    s.failure = first->error;
    std::rethrow_exception(s.failure);
  }
  s.skipped += static_cast<int64_t>(first->bad.size());
  s.bad.insert(first->bad.begin(), first->bad.end());
  return std::move(first->pending->batch);
}

int64_t Loader::skipped() const {
  const std::lock_guard lock(state_->mutex);
  return state_->skipped;
}

LoaderTimes Loader::times() const { return state_->maker.times(); }

std::vector<int64_t> Loader::bad_samples() const {
  const std::lock_guard lock(state_->mutex);
  return {state_->bad.begin(), state_->bad.end()};
}

}  // namespace dinobench
