// The collectives on MPI, in host memory.
#include "comm/mpi.hpp"

#include <mpi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "comm/mailbox.hpp"
#include "comm/mpi_session.hpp"
#include "comm/pending_sum.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace mpi {
namespace {

// MPI counts with int: longer buffers go in pieces.
constexpr size_t most_elements = size_t{1} << 30;

MPI_Datatype type_of(const float*) { return MPI_FLOAT; }
MPI_Datatype type_of(const double*) { return MPI_DOUBLE; }
MPI_Datatype type_of(const int64_t*) { return MPI_INT64_T; }
MPI_Datatype type_of(const std::byte*) { return MPI_BYTE; }

template <class Element, class Work>
void in_pieces(std::span<Element> values, Work work) {
  while (!values.empty()) {
    const size_t count = std::min(values.size(), most_elements);
    work(values.data(), static_cast<int>(count), type_of(values.data()));
    values = values.subspan(count);
  }
}

class MpiCommunicator final : public Communicator {
 public:
  MpiCommunicator() : session_(session()) {
    check(MPI_Comm_rank(session_->world(), &rank_), "find the rank");
    check(MPI_Comm_size(session_->world(), &size_), "find the number of ranks");
    check(MPI_Comm_rank(session_->host(), &local_rank_), "find the rank on this host");
    check(MPI_Comm_size(session_->host(), &local_size_), "find the ranks of this host");
    if (size_ > 1) mailbox_ = Mailbox::make(*this);
  }
  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int local_rank() const override { return local_rank_; }
  int local_size() const override { return local_size_; }
  std::string version() const override;

  void all_reduce_sum(std::span<float> values) override { sum(values); }
  void all_reduce_sum(std::span<double> values) override { sum(values); }
  void all_reduce_sum(std::span<int64_t> values) override { sum(values); }
  void broadcast(std::span<std::byte> bytes, int root) override;
  std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte> bytes) override;
  void barrier() override;
  std::shared_ptr<std::byte> allocate(size_t bytes) override;
  void set_timeout(double seconds) override { session_->set_timeout(seconds); }

  std::unique_ptr<Pending> start_all_reduce_sum(std::span<float> values, double divisor) override {
    return start(values, divisor);
  }
  std::unique_ptr<Pending> start_all_reduce_sum(std::span<double> values, double divisor) override {
    return start(values, divisor);
  }

  [[noreturn]] void abort(int exit_code) override {
    std::fflush(nullptr);
    MPI_Abort(MPI_COMM_WORLD, exit_code);
    std::_Exit(exit_code);
  }

 private:
  // Starts what `begin` starts, under the session's turn, and waits for it.
  template <class Begin>
  void complete(const char* action, Begin begin) {
    MPI_Request request = MPI_REQUEST_NULL;
    {
      const auto turn = session_->turn();
      check(begin(&request), action);
    }
    session_->wait(request, action);
  }

  template <class Element>
  void sum(std::span<Element> values) {
    if (mailbox_ != nullptr && values.size_bytes() <= Mailbox::kMostBytes) {
      mailbox_->put(std::as_bytes(values));
      session_->wait([this] { return mailbox_->all_there(); }, "sum");
      return mailbox_->take(values);
    }
    in_pieces(values, [this](void* data, int count, MPI_Datatype type) {
      complete("sum", [&](MPI_Request* request) {
        return MPI_Iallreduce(MPI_IN_PLACE, data, count, type, MPI_SUM, session_->world(), request);
      });
    });
  }

  // The library moves data only inside its calls: a look for messages that nobody sends drives the
  // sums already under way, each time another one starts.
  template <class Element>
  std::unique_ptr<Pending> start(std::span<Element> values, double divisor) {
    std::vector<Elements> pieces;
    in_pieces(values, [&](Element* data, int count, MPI_Datatype) {
      pieces.push_back(
          {reinterpret_cast<std::byte*>(data), static_cast<size_t>(count), sizeof(Element)});
    });
    auto pending =
        std::make_unique<PendingSum>(session_, pieces, divisor, memory_of(values.data()));
    session_->advance_all();
    const auto turn = session_->turn();
    int found = 0;
    check(
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, session_->background(), &found, MPI_STATUS_IGNORE),
        "progress");
    return pending;
  }

  /// What an address is part of; null if other ranks do not see it.
  std::shared_ptr<const SharedMemory> memory_of(const void* address) {
    std::erase_if(shared_, [](const auto& memory) { return memory.expired(); });
    for (const auto& weak : shared_) {
      const auto memory = weak.lock();
      const auto* begin = memory ? memory->of(rank_) : nullptr;
      const auto* at = static_cast<const std::byte*>(address);
      if (memory && std::less_equal<>()(begin, at) && std::less<>()(at, begin + memory->bytes()))
        return memory;
    }
    return nullptr;
  }

  std::shared_ptr<Session> session_;
  int rank_ = 0, size_ = 1, local_rank_ = 0, local_size_ = 1;
  std::unique_ptr<Mailbox> mailbox_;
  std::vector<std::weak_ptr<const SharedMemory>> shared_;
};

std::string MpiCommunicator::version() const {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = {};
  int length = 0;
  check(MPI_Get_library_version(text, &length), "tell its version");
  const std::string whole(text, static_cast<size_t>(length));
  return whole.substr(0, whole.find_first_of("\n,"));
}

void MpiCommunicator::broadcast(std::span<std::byte> bytes, int root) {
  require(root >= 0 && root < size_, "broadcast from rank {} of {}", root, size_);
  in_pieces(bytes, [&](void* data, int count, MPI_Datatype type) {
    complete("broadcast", [&](MPI_Request* request) {
      return MPI_Ibcast(data, count, type, root, session_->world(), request);
    });
  });
}

// One broadcast a rank: unlike MPI_Allgatherv it has no displacements that could outgrow an int.
std::vector<std::vector<std::byte>> MpiCommunicator::all_gather(std::span<const std::byte> bytes) {
  std::vector<int64_t> lengths(static_cast<size_t>(size_), 0);
  lengths[static_cast<size_t>(rank_)] = static_cast<int64_t>(bytes.size());
  sum(std::span(lengths));
  std::vector<std::vector<std::byte>> gathered;
  for (int root = 0; root < size_; ++root) {
    gathered.emplace_back(static_cast<size_t>(lengths[static_cast<size_t>(root)]));
    if (root == rank_) std::copy(bytes.begin(), bytes.end(), gathered.back().begin());
    broadcast(gathered.back(), root);
  }
  return gathered;
}

void MpiCommunicator::barrier() {
  complete("pass a barrier",
           [&](MPI_Request* request) { return MPI_Ibarrier(session_->world(), request); });
}

std::shared_ptr<std::byte> MpiCommunicator::allocate(size_t bytes) {
  const auto memory = SharedMemory::make(*this, bytes);
  if (memory == nullptr) return nullptr;
  shared_.push_back(memory);
  return {memory, memory->of(rank_)};
}

}  // namespace
}  // namespace mpi

std::unique_ptr<Communicator> make_mpi_communicator() {
  return std::make_unique<mpi::MpiCommunicator>();
}

}  // namespace dinobench
