// The order of training: torch's permutation of each epoch, dealt out to steps and ranks.
#include <memory>
#include <mutex>
#include <numeric>
#include <random>

#include "core/error.hpp"
#include "data/dataset.hpp"
#include "data/loader.hpp"

namespace dinobench {
namespace {

using Permutation = std::shared_ptr<const std::vector<int64_t>>;

/// epoch_permutation is pure but long for a million images: the last two are kept, since a step
/// touches at most two unless the data is smaller than a batch.
Permutation remembered(int64_t n, uint64_t epoch) {
  struct Entry {
    int64_t n = -1;
    uint64_t epoch = 0;
    Permutation order;
  };
  static std::mutex mutex;
  static Entry entries[2];
  const std::lock_guard lock(mutex);
  for (const Entry& entry : entries) {
    if (entry.n == n && entry.epoch == epoch) return entry.order;
  }
  entries[1] = std::move(entries[0]);
  entries[0] = {n, epoch,
                std::make_shared<const std::vector<int64_t>>(epoch_permutation(n, epoch))};
  return entries[0].order;
}

}  // namespace

std::vector<int64_t> epoch_permutation(int64_t n, uint64_t epoch) {
  require(n >= 0 && n < (int64_t{1} << 31), "a permutation of {} samples", n);
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  // torch's CPU generator is the standard Mersenne Twister, seeded with the low 32 bits.
  std::mt19937 generator(static_cast<uint32_t>(epoch));
  for (int64_t i = 0; i + 1 < n; ++i) {
    const int64_t pick = i + static_cast<int64_t>(generator() % static_cast<uint64_t>(n - i));
    std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(pick)]);
  }
  return order;
}

BatchPlan training_plan(int64_t dataset_size, int64_t global_batch, int64_t steps_per_epoch,
                        int64_t step, int rank, int world) {
  require(dataset_size > 0, "training needs at least one image");
  require(world > 0 && rank >= 0 && rank < world, "rank {} of {}", rank, world);
  require(global_batch > 0 && global_batch % world == 0,
          "a global batch of {} cannot be dealt evenly to {} ranks", global_batch, world);
  const int64_t steps = steps_per_epoch > 0 ? steps_per_epoch : dataset_size / global_batch;
  require(steps > 0,
          "{} images are fewer than one global batch of {}: use a smaller batch or give "
          "--steps_per_epoch",
          dataset_size, global_batch);
  // An epoch longer than the data goes through it several times, each with a permutation and draws
  // of its own; where once is enough the passes are the epochs.
  const int64_t passes = (steps * global_batch + dataset_size - 1) / dataset_size;
  const int64_t epoch = step / steps, start = step % steps * global_batch;
  BatchPlan plan;
  for (int64_t position = start + rank; position < start + global_batch; position += world) {
    const auto pass = static_cast<uint64_t>(epoch * passes + position / dataset_size);
    const Permutation order = remembered(dataset_size, pass);
    plan.samples.push_back((*order)[static_cast<size_t>(position % dataset_size)]);
    plan.epochs.push_back(pass);
  }
  plan.epoch = plan.epochs.front();
  if (plan.epochs.back() == plan.epoch) plan.epochs.clear();
  return plan;
}

}  // namespace dinobench
