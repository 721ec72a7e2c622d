// Sums over memory that ranks share give the bits of sums by messages.
#include "tests/test.hpp"
// Torch before everything.
#include <cmath>
#include <cstring>
#include <thread>

#include "comm/mailbox.hpp"
#include "comm/shared_memory.hpp"
#include "tests/comm/job.hpp"

namespace dinobench {
namespace shared_sums_test {
namespace {

using Pending = std::unique_ptr<Communicator::Pending>;

/// Values whose sum depends on the order of the additions.
template <class Element>
std::vector<Element> values_of(int rank, size_t count, int step) {
  std::vector<Element> out(count);
  for (size_t i = 0; i < count; ++i)
    out[i] = static_cast<Element>(std::sin(static_cast<double>(i) * 0.7 + 5.0 * rank + step) *
                                  std::pow(10.0, static_cast<double>(i % 7)));
  return out;
}

/// Rank after rank, then divided.
template <class Element>
std::vector<Element> sums_of(size_t count, int step, double divisor) {
  auto sums = values_of<Element>(0, count, step);
  for (int rank = 1; rank < job().size(); ++rank) {
    const auto values = values_of<Element>(rank, count, step);
    for (size_t i = 0; i < count; ++i) sums[i] += values[i];
  }
  for (Element& sum : sums) sum /= static_cast<Element>(divisor);
  return sums;
}

bool no_sharing() {
  if (job().size() > 1) return false;
  SUCCEED("needs two ranks");
  return true;
}

// 20,000 and more go by SlicedSum where the memory is not shared.
template <class Element>
void require_sums_in_rank_order(size_t count, double divisor) {
  const auto memory = job().allocate(count * sizeof(Element));
  REQUIRE(memory != nullptr);
  std::span<Element> shared(reinterpret_cast<Element*>(memory.get()), count);
  for (int step = 0; step < 3; ++step) {
    const auto wanted = sums_of<Element>(count, step, divisor);
    auto own = values_of<Element>(job().rank(), count, step);
    std::copy(own.begin(), own.end(), shared.begin());
    const Pending by_memory = job().start_all_reduce_sum(shared, divisor);
    const Pending by_message = job().start_all_reduce_sum(std::span(own), divisor);
    by_memory->wait();
    by_message->wait();
    REQUIRE(std::equal(shared.begin(), shared.end(), wanted.begin()));
    REQUIRE(own == wanted);
  }
}

TEST_CASE("sums in shared memory and by messages are those in the order of the ranks") {
  if (no_sharing()) return;
  const size_t count = GENERATE(20000, 20001, 70013);
  const double divisor = GENERATE(1, 3);
  require_sums_in_rank_order<float>(count, divisor);
  require_sums_in_rank_order<double>(count, divisor);
}

TEST_CASE("a short sum is divided too, on one rank as on many") {
  std::vector<float> values(5, 6.0F * static_cast<float>(job().rank() + 1));
  job().start_all_reduce_sum(std::span(values), 3)->wait();
  const auto ranks = static_cast<float>(job().size());
  REQUIRE(values == std::vector<float>(5, ranks * (ranks + 1)));
}

// In one order everywhere, but waited for in another: each memory keeps count of its own sums.
TEST_CASE("many sums of parts of one shared memory are under way at once") {
  if (no_sharing()) return;
  constexpr size_t parts = 9, length = 3001;
  const auto memory = job().allocate(parts * length * sizeof(float));
  std::span<float> all(reinterpret_cast<float*>(memory.get()), parts * length);
  for (int step = 0; step < 20; ++step) {
    const auto own = values_of<float>(job().rank(), all.size(), step);
    std::copy(own.begin(), own.end(), all.begin());
    std::vector<Pending> pending;
    for (size_t i = 0; i < parts; ++i)
      pending.push_back(job().start_all_reduce_sum(all.subspan(i * length, length), 1));
    for (size_t i = parts; i-- > 0;) pending[i]->wait();
    const auto wanted = sums_of<float>(all.size(), step, 1);
    REQUIRE(std::equal(all.begin(), all.end(), wanted.begin()));
  }
}

TEST_CASE("shared memory begins as zeros, and each rank's part is seen by all") {
  if (no_sharing()) return;
  const auto memory = SharedMemory::make(job(), 5000);
  REQUIRE(memory != nullptr);
  REQUIRE(memory->bytes() == 5000);
  for (int rank = 0; rank < job().size(); ++rank)
    REQUIRE(std::all_of(memory->of(rank), memory->of(rank) + 5000,
                        [](std::byte value) { return value == std::byte{0}; }));
  job().barrier();
  std::memset(memory->of(job().rank()), job().rank() + 1, 5000);
  job().barrier();
  for (int rank = 0; rank < job().size(); ++rank)
    REQUIRE(memory->of(rank)[4999] == static_cast<std::byte>(rank + 1));
  job().barrier();
}

TEST_CASE("a mailbox adds in the order of the ranks, however late they come") {
  if (no_sharing()) return;
  const auto mailbox = Mailbox::make(job());
  REQUIRE(mailbox != nullptr);
  for (int step = 0; step < 50; ++step) {
    auto values = values_of<double>(job().rank(), 300, step);
    if (step % job().size() == job().rank())
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    mailbox->put(std::as_bytes(std::span(values)));
    while (!mailbox->all_there()) std::this_thread::yield();
    mailbox->take(std::span(values));
    REQUIRE(values == sums_of<double>(300, step, 1));
  }
}

}  // namespace
}  // namespace shared_sums_test
}  // namespace dinobench
