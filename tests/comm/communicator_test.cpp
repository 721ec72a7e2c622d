// Collectives on one rank and, under mpirun, on several.
#include "comm/communicator.hpp"

#include <cstdlib>
#include <cstring>
#include <numeric>
#include <thread>

#include "core/error.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace {

// Whole numbers below 2^24 add exactly in float, whatever the order.
template <class Element>
std::vector<Element> values_of_rank(int rank, size_t count) {
  std::vector<Element> out(count);
  for (size_t i = 0; i < count; ++i)
    out[i] = static_cast<Element>((static_cast<size_t>(rank) + 1) * (i % 1000 + 1));
  return out;
}

template <class Element>
std::vector<Element> summed_values(int size, size_t count) {
  std::vector<Element> out(count, 0);
  for (int rank = 0; rank < size; ++rank) {
    const auto values = values_of_rank<Element>(rank, count);
    std::transform(out.begin(), out.end(), values.begin(), out.begin(), std::plus<>());
  }
  return out;
}

// Compared in double parentheses: torch's printing of vectors, which Catch would use, knows no
// byte.
std::vector<std::byte> bytes_of_rank(int rank, size_t count) {
  std::vector<std::byte> out(count);
  for (size_t i = 0; i < count; ++i)
    out[i] = static_cast<std::byte>(i * 3 + static_cast<size_t>(rank) * 7);
  return out;
}

template <class Element>
void require_sums(Communicator& comm, size_t count) {
  auto values = values_of_rank<Element>(comm.rank(), count);
  comm.all_reduce_sum(std::span(values));
  REQUIRE(values == summed_values<Element>(comm.size(), count));
}

}  // namespace

TEST_CASE("the communicator has as many ranks as the launcher started") {
  const auto comm = make_communicator();
  const char* launched = std::getenv("OMPI_COMM_WORLD_SIZE");
  const int wanted = launched == nullptr ? 1 : std::atoi(launched);
  REQUIRE(comm->size() == wanted);
  REQUIRE(comm->rank() >= 0);
  REQUIRE(comm->rank() < wanted);
  REQUIRE(comm->local_size() <= comm->size());
  REQUIRE(comm->local_rank() < comm->local_size());
  REQUIRE((comm->version() == "self") == (launched == nullptr));
  REQUIRE(comm->version().find('\n') == std::string::npos);
}

TEST_CASE("every rank has a rank of its own") {
  const auto comm = make_communicator();
  std::vector<int64_t> seen(static_cast<size_t>(comm->size()), 0);
  seen[static_cast<size_t>(comm->rank())] = 1;
  comm->all_reduce_sum(std::span(seen));
  REQUIRE(seen == std::vector<int64_t>(static_cast<size_t>(comm->size()), 1));
}

TEST_CASE("sums over all ranks, of every element type and length") {
  const auto comm = make_communicator();
  for (const size_t count : {0, 1, 7, 1000, 300000}) {
    require_sums<float>(*comm, count);
    require_sums<double>(*comm, count);
    require_sums<int64_t>(*comm, count);
  }
}

TEST_CASE("a sum is bit-equal on all ranks") {
  const auto comm = make_communicator();
  std::vector<float> values(5000);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = 1.0f / static_cast<float>(i + 1 + static_cast<size_t>(comm->rank()) * 31);
  comm->all_reduce_sum(std::span(values));
  const auto all = comm->all_gather(std::as_bytes(std::span(values)));
  for (const auto& other : all)
    REQUIRE(std::memcmp(other.data(), values.data(), other.size()) == 0);
}

TEST_CASE("gathers take any number of bytes from each rank, in rank order") {
  const auto comm = make_communicator();
  for (const size_t unit : {0, 1, 1000, 100000}) {
    const auto length = [&](int rank) { return unit * static_cast<size_t>((rank * 2) % 3); };
    const auto all = comm->all_gather(bytes_of_rank(comm->rank(), length(comm->rank())));
    REQUIRE(static_cast<int>(all.size()) == comm->size());
    for (int rank = 0; rank < comm->size(); ++rank)
      REQUIRE((all[static_cast<size_t>(rank)] == bytes_of_rank(rank, length(rank))));
  }
}

TEST_CASE("a broadcast brings the root's bytes to all ranks, from every root") {
  const auto comm = make_communicator();
  for (int root = 0; root < comm->size(); ++root) {
    auto bytes = bytes_of_rank(comm->rank(), 10000);
    comm->broadcast(bytes, root);
    REQUIRE((bytes == bytes_of_rank(root, 10000)));
  }
  comm->broadcast({}, 0);
  std::vector<std::byte> bytes(1);
  REQUIRE_THROWS_AS(comm->broadcast(bytes, comm->size()), Error);
  REQUIRE_THROWS_AS(comm->broadcast(bytes, -1), Error);
}

TEST_CASE("sums under way equal blocking sums, several at once and waited for in any order") {
  const auto comm = make_communicator();
  constexpr size_t buckets = 5;
  std::vector<std::vector<float>> values;
  std::vector<std::unique_ptr<Communicator::Pending>> pending;
  for (size_t i = 0; i < buckets; ++i)
    values.push_back(values_of_rank<float>(comm->rank(), 100 + i * 40000));
  for (auto& bucket : values) pending.push_back(comm->start_all_reduce_sum(std::span(bucket), 1));
  for (size_t i = buckets; i-- > 0;) {
    pending[i]->wait();
    REQUIRE(values[i] == summed_values<float>(comm->size(), values[i].size()));
    pending[i]->wait();  // once done it stays done
  }
  auto doubles = values_of_rank<double>(comm->rank(), 1000);
  comm->start_all_reduce_sum(std::span(doubles), 1)->wait();
  REQUIRE(doubles == summed_values<double>(comm->size(), 1000));
}

TEST_CASE("a pending sum that goes out of scope is finished") {
  const auto comm = make_communicator();
  auto values = values_of_rank<double>(comm->rank(), 50000);
  { const auto pending = comm->start_all_reduce_sum(std::span(values), 1); }
  REQUIRE(values == summed_values<double>(comm->size(), 50000));
  std::vector<float> nothing;
  comm->start_all_reduce_sum(std::span(nothing), 1)->wait();
}

// As in training: the backward pass starts sums in its thread while the main thread uses others.
TEST_CASE("sums started by another thread do not disturb the main thread's collectives") {
  const auto comm = make_communicator();
  std::vector<std::vector<float>> values;
  std::vector<std::unique_ptr<Communicator::Pending>> pending(20);
  for (size_t i = 0; i < pending.size(); ++i)
    values.push_back(values_of_rank<float>(comm->rank(), 5000));
  std::thread backward([&] {
    for (size_t i = 0; i < pending.size(); ++i)
      pending[i] = comm->start_all_reduce_sum(std::span(values[i]), 1);
  });
  for (int i = 0; i < 20; ++i) require_sums<int64_t>(*comm, 2000);
  backward.join();
  for (const auto& sum : pending) sum->wait();
  for (const auto& bucket : values) REQUIRE(bucket == summed_values<float>(comm->size(), 5000));
}

TEST_CASE("barriers are passed together") {
  const auto comm = make_communicator();
  for (int i = 0; i < 100; ++i) comm->barrier();
  require_sums<float>(*comm, 3);
}

TEST_CASE("communicators share one MPI, which outlives each of them but the last") {
  const auto first = make_communicator();
  for (int i = 0; i < 3; ++i) require_sums<double>(*make_communicator(), 10);
  require_sums<double>(*first, 10);
}

TEST_CASE("one process is a communicator of its own, launcher or not") {
  const auto comm = make_self_communicator();
  REQUIRE(comm->size() == 1);
  REQUIRE(comm->rank() == 0);
  REQUIRE(comm->local_rank() == 0);
  REQUIRE(comm->local_size() == 1);
  REQUIRE(comm->version() == "self");
  require_sums<float>(*comm, 10);
  require_sums<double>(*comm, 10);
  require_sums<int64_t>(*comm, 10);
  auto bytes = bytes_of_rank(0, 5);
  comm->broadcast(bytes, 0);
  const std::vector<std::vector<std::byte>> own{bytes};
  REQUIRE((comm->all_gather(bytes) == own));
  std::vector<double> values{1, 2};
  comm->start_all_reduce_sum(std::span(values), 1)->wait();
  REQUIRE(values == std::vector<double>{1, 2});
  comm->barrier();
  REQUIRE_THROWS_AS(comm->broadcast(bytes, 1), Error);
}

}  // namespace dinobench
