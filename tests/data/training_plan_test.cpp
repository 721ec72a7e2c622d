// The order of training: torch's permutations, dealt to steps and ranks.
#include <set>

#include "core/atomic_file.hpp"
#include "data/dataset.hpp"
#include "data/loader.hpp"
#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

using Order = std::vector<int64_t>;

TEST_CASE("A.14: torch's permutation of ten, seeded with the epoch") {
  REQUIRE(epoch_permutation(10, 0) == Order{4, 1, 7, 5, 3, 9, 0, 8, 6, 2});
  REQUIRE(epoch_permutation(10, 1) == Order{5, 6, 1, 2, 0, 8, 9, 3, 7, 4});
  REQUIRE(epoch_permutation(1, 5) == Order{0});
  REQUIRE(epoch_permutation(0, 5).empty());
}

TEST_CASE("torch's permutation of 100003, bit for bit") {
  const Order order = epoch_permutation(100003, 3);
  // SHA-256 of torch 2.11's randperm(100003) of a generator seeded with 3, int64 little-endian.
  REQUIRE(sha256_hex(std::as_bytes(std::span(order))) ==
          "b5b4846a9a5510f179239989c702b18c648adc4b9852cdcb85f83357542cf467");
}

TEST_CASE("ranks take strided shares of a step; together they are the one-rank step") {
  for (int64_t step = 0; step < 7; ++step) {
    const BatchPlan whole = training_plan(50, 12, 0, step, 0, 1);
    REQUIRE(whole.samples.size() == 12);
    REQUIRE(whole.epoch == static_cast<uint64_t>(step / 4));  // floor(50 / 12) steps an epoch
    for (const int world : {2, 3, 4}) {
      for (int rank = 0; rank < world; ++rank) {
        const BatchPlan part = training_plan(50, 12, 0, step, rank, world);
        REQUIRE(part.epoch == whole.epoch);
        for (size_t i = 0; i < part.samples.size(); ++i) {
          REQUIRE(part.samples[i] ==
                  whole.samples[i * static_cast<size_t>(world) + static_cast<size_t>(rank)]);
        }
      }
    }
  }
}

TEST_CASE("A.14: the first steps of the reference's sampler, without its padding") {
  REQUIRE(training_plan(10, 4, 0, 0, 0, 4).samples == Order{4});
  REQUIRE(training_plan(10, 4, 0, 1, 0, 4).samples == Order{3});
  REQUIRE(training_plan(10, 4, 0, 1, 1, 4).samples == Order{9});
  REQUIRE(training_plan(10, 4, 0, 2, 0, 4).samples == Order{5});  // epoch 1: two samples were left
  REQUIRE(training_plan(10, 4, 0, 2, 3, 4).samples == Order{2});
}

TEST_CASE("an epoch longer than the data goes on with further permutations of their own") {
  Order seen;
  std::set<uint64_t> passes;
  for (int64_t step = 0; step < 5; ++step) {  // 20 positions of 8 samples: passes 0, 1 and 2
    const BatchPlan plan = training_plan(8, 4, 5, step, 0, 1);
    for (size_t i = 0; i < plan.samples.size(); ++i) {
      seen.push_back(plan.samples[i]);
      passes.insert(plan.epochs.empty() ? plan.epoch : plan.epochs[i]);
    }
  }
  REQUIRE(passes == std::set<uint64_t>{0, 1, 2});
  REQUIRE(Order(seen.begin(), seen.begin() + 8) == epoch_permutation(8, 0));
  REQUIRE(Order(seen.begin() + 8, seen.begin() + 16) == epoch_permutation(8, 1));
  REQUIRE(training_plan(8, 4, 5, 5, 0, 1).epoch == 3);  // the next epoch repeats nothing
  // A step across the end of the data carries an epoch per sample.
  const BatchPlan across = training_plan(8, 6, 4, 1, 0, 1);
  REQUIRE(across.epochs == std::vector<uint64_t>{0, 0, 1, 1, 1, 1});
}

TEST_CASE("a shorter epoch starts the next permutation early") {
  REQUIRE(training_plan(100, 10, 3, 3, 0, 1).epoch == 1);
  const Order second = epoch_permutation(100, 1);
  REQUIRE(training_plan(100, 10, 3, 3, 0, 1).samples == Order(second.begin(), second.begin() + 10));
}

TEST_CASE("plans that cannot be are input errors") {
  REQUIRE(
      contains(error_of([] { training_plan(5, 8, 0, 0, 0, 1); }), "fewer than one global batch"));
  REQUIRE(contains(error_of([] { training_plan(50, 9, 0, 0, 0, 2); }), "evenly"));
  error_of([] { training_plan(0, 8, 3, 0, 0, 1); });
}

}  // namespace
}  // namespace dinobench::testing
