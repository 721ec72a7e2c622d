// The loader: worker threads take rows of the first unfinished batch; batches leave in order.
#include "data/loader.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "core/error.hpp"

namespace dinobench {
namespace {

/// A batch under way. Rows are claimed one by one; each worker writes only to its own rows.
struct Pending {
  BatchPlan plan;
  Batch batch;
  int64_t claimed = 0, done = 0;
  std::vector<char> dropped;  // [B] rows whose image could not be read
  std::vector<int64_t> bad;   // samples that could not be read
  std::exception_ptr error;   // of the lowest row that failed
  int64_t error_row = 0;

  int64_t rows() const { return static_cast<int64_t>(plan.samples.size()); }
  bool complete() const { return done == rows(); }
};

void remove_row(Batch& batch, size_t row) {
  const auto at = static_cast<std::ptrdiff_t>(row);
  for (ViewBlock& block : batch.views) {
    const std::ptrdiff_t size = 3 * block.height * block.width;
    block.values.erase(block.values.begin() + at * size, block.values.begin() + (at + 1) * size);
  }
  batch.samples.erase(batch.samples.begin() + at);
  batch.labels.erase(batch.labels.begin() + at);
}

}  // namespace

struct Loader::State {
  const Dataset& dataset;
  const std::vector<View> views;
  const Planner plan;
  const LoaderConfig config;

  mutable std::mutex mutex;
  std::condition_variable work, finished;
  std::deque<std::unique_ptr<Pending>> pending;  // in order; at most config.prefetch
  int64_t planned = 0;
  bool planning = false, ended = false, broken = false, stopping = false;
  std::exception_ptr failure;  // ends the loader: of the planner, or of a batch handed out
  int64_t skipped = 0;
  std::set<int64_t> bad;
  std::vector<std::thread> threads;

  State(const Dataset& dataset_, std::vector<View> views_, Planner plan_, LoaderConfig config_)
      : dataset(dataset_), views(std::move(views_)), plan(std::move(plan_)), config(config_) {}

  /// A planned batch with room for its values; nothing at the end of the plan.
  std::unique_ptr<Pending> prepare(int64_t n) const {
    std::optional<BatchPlan> next = plan(n);
    if (!next) return nullptr;
    auto made = std::make_unique<Pending>();
    made->plan = std::move(*next);
    const auto rows = made->plan.samples.size();
    require(made->plan.epochs.empty() || made->plan.epochs.size() == rows,
            "loader: {} samples but {} epochs in a plan", rows, made->plan.epochs.size());
    made->batch.samples = made->plan.samples;
    made->batch.labels.resize(rows, -1);
    made->dropped.resize(rows, 0);
    for (const View& view : views) {
      made->batch.views.push_back({view.height, view.width, {}});
      made->batch.views.back().values.resize(rows *
                                             static_cast<size_t>(3 * view.height * view.width));
    }
    return made;
  }

  /// Reads sample `index`, or under `skip` the next readable one; false if the row is to be
  /// dropped.
  bool read(int64_t& index, Image& image, std::vector<int64_t>& unreadable) const {
    for (int64_t attempt = 0; attempt < dataset.size(); ++attempt) {
      try {
        image = decode_image(dataset.path(index));
        return true;
      } catch (const Error&) {
        if (config.on_bad_image == OnBadImage::fail) throw;
        unreadable.push_back(index);
        if (config.on_bad_image == OnBadImage::drop) return false;
        index = (index + 1) % dataset.size();
      }
    }
    fail("'{}': not one of its {} images can be read", dataset.root.string(), dataset.size());
  }

  void make_views(const Image& image, uint64_t epoch, int64_t sample, size_t row,
                  Batch& out) const {
    for (size_t v = 0; v < views.size(); ++v) {
      Rng rng(config.seed, "view", {epoch, static_cast<uint64_t>(sample), v});
      const Image view = views[v].make(image, rng);
      require(view.width == views[v].width && view.height == views[v].height,
              "{}: view {} is {} x {}, not {} x {}", dataset.path(sample).string(), v, view.width,
              view.height, views[v].width, views[v].height);
      const size_t size = static_cast<size_t>(3 * view.width * view.height);
      normalize(view, out.views[v].values.data() + row * size);
    }
  }

  /// Fills one row; returns the samples that could not be read on the way.
  std::vector<int64_t> fill(Pending& batch, int64_t at) const {
    const auto row = static_cast<size_t>(at);
    int64_t sample = batch.plan.samples[row];
    require(sample >= 0 && sample < dataset.size(), "loader: sample {} of {}", sample,
            dataset.size());
    const uint64_t epoch = batch.plan.epochs.empty() ? batch.plan.epoch : batch.plan.epochs[row];
    std::vector<int64_t> unreadable;
    Image image;
    if (!read(sample, image, unreadable)) {
      batch.dropped[row] = 1;
      return unreadable;
    }
    make_views(image, epoch, sample, row, batch.batch);
    batch.batch.samples[row] = sample;
    batch.batch.labels[row] = dataset.samples[static_cast<size_t>(sample)].label;
    return unreadable;
  }

  Pending* unclaimed() {
    for (const auto& batch : pending) {
      if (batch->claimed < batch->rows()) return batch.get();
    }
    return nullptr;
  }

  bool may_plan() const {
    return !planning && !ended && static_cast<int64_t>(pending.size()) < config.prefetch;
  }

  /// Plans one batch; the lock is released meanwhile, and `planning` keeps the others out.
  void plan_next(std::unique_lock<std::mutex>& lock) {
    planning = true;
    const int64_t n = planned++;
    lock.unlock();
    std::unique_ptr<Pending> made;
    std::exception_ptr problem;
    try {
      made = prepare(n);
    } catch (...) {
      problem = std::current_exception();
    }
    lock.lock();
    planning = false;
    if (problem) failure = problem;
    if (made) {
      pending.push_back(std::move(made));
    } else {
      ended = true;
    }
    work.notify_all();
    finished.notify_all();
  }

  void fill_one(Pending& batch, std::unique_lock<std::mutex>& lock) {
    const int64_t row = batch.claimed++;
    lock.unlock();
    std::vector<int64_t> unreadable;
    std::exception_ptr problem;
    try {
      unreadable = fill(batch, row);
    } catch (...) {
      problem = std::current_exception();
    }
    lock.lock();
    batch.bad.insert(batch.bad.end(), unreadable.begin(), unreadable.end());
    if (problem && (!batch.error || row < batch.error_row)) {
      batch.error = problem;
      batch.error_row = row;
    }
    ++batch.done;
    if (batch.complete()) finished.notify_all();
  }

  void run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      if (Pending* batch = unclaimed()) {
        fill_one(*batch, lock);
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
  s.finished.wait(lock, [&] {
    return s.broken || (s.pending.empty() ? s.ended : s.pending.front()->complete());
  });
  if (s.pending.empty() || s.broken) {
    if (s.failure) std::rethrow_exception(s.failure);
    return std::nullopt;
  }
  const std::unique_ptr<Pending> first = std::move(s.pending.front());
  s.pending.pop_front();
  s.work.notify_all();
  if (first->error) {  // nothing comes after a failed batch; workers may still be busy with others
    s.broken = s.ended = true;
    s.failure = first->error;
    std::rethrow_exception(s.failure);
  }
  s.skipped += static_cast<int64_t>(first->bad.size());
  s.bad.insert(first->bad.begin(), first->bad.end());
  for (size_t row = first->dropped.size(); row-- > 0;) {
    if (first->dropped[row] != 0) remove_row(first->batch, row);
  }
  return std::move(first->batch);
}

int64_t Loader::skipped() const {
  const std::lock_guard lock(state_->mutex);
  return state_->skipped;
}

std::vector<int64_t> Loader::bad_samples() const {
  const std::lock_guard lock(state_->mutex);
  return {state_->bad.begin(), state_->bad.end()};
}

}  // namespace dinobench
