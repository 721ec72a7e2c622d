// MPI from the first communicator to the last, and waiting that notices a rank that never comes.
#pragma once

#include <mpi.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace dinobench {
namespace mpi {

/// A run Error with MPI's own text unless status is MPI_SUCCESS.
void check(int status, const char* action);

class Session {
 public:
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  MPI_Comm world() const { return world_; }
  MPI_Comm background() const { return background_; }  ///< sums under way have their own order
  MPI_Comm host() const { return host_; }

  /// To be held around every call: buckets are started by the thread of the backward pass.
  std::unique_lock<std::mutex> turn() {
    return one_thread_at_a_time_ ? std::unique_lock(mutex_) : std::unique_lock<std::mutex>();
  }

  /// Of waiting for other ranks; 0: for ever.
  void set_timeout(double seconds) { timeout_ = std::chrono::duration<double>(seconds); }

  /// Returns once all requests are done. After the timeout the other ranks are asked whether they
  /// wait as well; those that do not answer are named in a run Error. `action` is a static text.
  void wait(std::vector<MPI_Request>& requests, const char* action);

 private:
  using Clock = std::chrono::steady_clock;
  struct Answer {
    int rank;
    std::string action;
  };

  bool done(std::vector<MPI_Request>& requests, const char* action);
  void answer_questions(const char* action);
  void ask_and_fail(std::vector<MPI_Request>& requests, const char* action);
  std::vector<Answer> collect_answers(std::vector<MPI_Request>& requests, const char* action,
                                      bool& came);

  MPI_Comm world_ = MPI_COMM_NULL, background_ = MPI_COMM_NULL, host_ = MPI_COMM_NULL,
           questions_ = MPI_COMM_NULL;
  bool one_thread_at_a_time_ = false;
  int rank_ = 0, size_ = 1;
  std::chrono::duration<double> timeout_{0};
  int exceptions_;
  std::mutex mutex_;
};

/// The one of this process, started if there is none.
std::shared_ptr<Session> session();

}  // namespace mpi
}  // namespace dinobench
