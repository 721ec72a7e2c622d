// The collectives on MPI, in host memory.
#include "comm/mpi.hpp"

#include <mpi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>

#include "core/error.hpp"

namespace dinobench {
namespace mpi {
namespace {

// MPI counts with int: longer buffers go in pieces.
constexpr size_t most_elements = size_t{1} << 30;

void check(int status, const char* action) {
  if (status == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = {};
  int length = 0;
  MPI_Error_string(status, text, &length);
  fail_run("MPI {}: {}", action, std::string(text, static_cast<size_t>(length)));
}

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

// MPI from the first communicator to the last.
class Session {
 public:
  Session() : exceptions_(std::uncaught_exceptions()) {
    int initialised = 0, provided = MPI_THREAD_SINGLE;
    MPI_Initialized(&initialised);
    require(initialised == 0, "MPI was initialised, and finalised, before");
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided), "start");
    if (provided < MPI_THREAD_SERIALIZED)
      fail_run("MPI: this library allows calls from one thread only; serialized is needed");
    one_thread_at_a_time_ = provided < MPI_THREAD_MULTIPLE;
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    // Sums under way have a communicator of their own: they need not be ordered with the others.
    check(MPI_Comm_dup(MPI_COMM_WORLD, &world_), "duplicate communicator");
    check(MPI_Comm_dup(MPI_COMM_WORLD, &background_), "duplicate communicator");
    check(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host_),
          "find the ranks of this host");
  }
  ~Session() {
    if (std::uncaught_exceptions() > exceptions_) return;
    for (MPI_Comm* comm : {&world_, &background_, &host_}) MPI_Comm_free(comm);
    MPI_Finalize();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  MPI_Comm world() const { return world_; }
  MPI_Comm background() const { return background_; }
  MPI_Comm host() const { return host_; }

  // To be held around every call: buckets are started by the thread of the backward pass.
  std::unique_lock<std::mutex> turn() {
    return one_thread_at_a_time_ ? std::unique_lock(mutex_) : std::unique_lock<std::mutex>();
  }

 private:
  MPI_Comm world_ = MPI_COMM_NULL, background_ = MPI_COMM_NULL, host_ = MPI_COMM_NULL;
  bool one_thread_at_a_time_ = false;
  int exceptions_;
  std::mutex mutex_;
};

std::shared_ptr<Session> session() {
  static std::weak_ptr<Session> shared;
  std::shared_ptr<Session> held = shared.lock();
  if (held == nullptr) shared = held = std::make_shared<Session>();
  return held;
}

class PendingSum final : public Communicator::Pending {
 public:
  template <class Element>
  PendingSum(std::shared_ptr<Session> session, std::span<Element> values)
      : session_(std::move(session)), exceptions_(std::uncaught_exceptions()) {
    const auto turn = session_->turn();
    in_pieces(values, [this](void* data, int count, MPI_Datatype type) {
      requests_.push_back(MPI_REQUEST_NULL);
      check(MPI_Iallreduce(MPI_IN_PLACE, data, count, type, MPI_SUM, session_->background(),
                           &requests_.back()),
            "start sum");
    });
  }

  // A rank that goes down with an exception must not wait for the others: they may never come.
  ~PendingSum() override {
    if (std::uncaught_exceptions() > exceptions_) return;
    try {
      wait();
    } catch (const Error&) {
      // Whoever needs the sum calls wait() and gets the error there.
    }
  }

  // Asks again and again instead of blocking, so that another thread may have its turn.
  void wait() override {
    for (int done = 0; done == 0;) {
      {
        const auto turn = session_->turn();
        check(MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &done,
                          MPI_STATUSES_IGNORE),
              "finish sum");
      }
      if (done == 0) std::this_thread::yield();
    }
  }

 private:
  std::shared_ptr<Session> session_;
  int exceptions_;
  std::vector<MPI_Request> requests_;
};

class MpiCommunicator final : public Communicator {
 public:
  MpiCommunicator() : session_(session()) {
    check(MPI_Comm_rank(session_->world(), &rank_), "find the rank");
    check(MPI_Comm_size(session_->world(), &size_), "find the number of ranks");
    check(MPI_Comm_rank(session_->host(), &local_rank_), "find the rank on this host");
    check(MPI_Comm_size(session_->host(), &local_size_), "find the ranks of this host");
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

  std::unique_ptr<Pending> start_all_reduce_sum(std::span<float> values) override {
    return start(values);
  }
  std::unique_ptr<Pending> start_all_reduce_sum(std::span<double> values) override {
    return start(values);
  }

  [[noreturn]] void abort(int exit_code) override {
    std::fflush(nullptr);
    MPI_Abort(MPI_COMM_WORLD, exit_code);
    std::_Exit(exit_code);
  }

 private:
  template <class Element>
  void sum(std::span<Element> values) {
    const auto turn = session_->turn();
    in_pieces(values, [this](void* data, int count, MPI_Datatype type) {
      check(MPI_Allreduce(MPI_IN_PLACE, data, count, type, MPI_SUM, session_->world()), "sum");
    });
  }

  // The library moves data only inside its calls: a look for messages that nobody sends drives the
  // sums already under way, each time another one starts.
  template <class Element>
  std::unique_ptr<Pending> start(std::span<Element> values) {
    auto pending = std::make_unique<PendingSum>(session_, values);
    const auto turn = session_->turn();
    int found = 0;
    check(
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, session_->background(), &found, MPI_STATUS_IGNORE),
        "progress");
    return pending;
  }

  std::shared_ptr<Session> session_;
  int rank_ = 0, size_ = 1, local_rank_ = 0, local_size_ = 1;
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
  const auto turn = session_->turn();
  in_pieces(bytes, [&](void* data, int count, MPI_Datatype type) {
    check(MPI_Bcast(data, count, type, root, session_->world()), "broadcast");
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
  const auto turn = session_->turn();
  check(MPI_Barrier(session_->world()), "barrier");
}

}  // namespace
}  // namespace mpi

std::unique_ptr<Communicator> make_mpi_communicator() {
  return std::make_unique<mpi::MpiCommunicator>();
}

}  // namespace dinobench
