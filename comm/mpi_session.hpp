// MPI from the first communicator to the last, and waiting that notices a rank that never comes.
#pragma once

#include <mpi.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "comm/sum_steps.hpp"

namespace dinobench {
namespace mpi {

/// A run Error with MPI's own text unless status is MPI_SUCCESS.
void check(int status, const char* action);

inline MPI_Datatype type_of(const Elements& values) {
  return values.width == sizeof(double) ? MPI_DOUBLE : MPI_FLOAT;
}

class Session {
 public:
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  MPI_Comm world() const { return world_; }
  MPI_Comm background() const { return background_; }  ///< sums under way have their own order
  MPI_Comm host() const { return host_; }

  /// To be held around every call: buckets are started by the thread of the backward pass.
  std::unique_lock<std::mutex> turn() {
    return one_thread_at_a_time_ ? std::unique_lock(mutex_) : std::unique_lock<std::mutex>();
  }

  /// Of waiting for other ranks; 0: for ever.
  void set_timeout(double seconds) { timeout_ = std::chrono::duration<double>(seconds); }

  /// Something under way that needs a push now and then. Every wait gives it one, for another rank
  /// may be waiting for it; one thread at a time.
  class Work {
   public:
    virtual ~Work() = default;
    virtual void advance() = 0;
  };
  void add(Work& work);
  void remove(const Work& work);
  void advance_all();

  /// A number for the next message on background(), the same on all ranks; the next is free too.
  int next_tag();

  /// Returns once `done`. After the timeout the other ranks are asked whether they wait as well;
  /// those that do not answer are named in a run Error. `action` is a static text.
  void wait(const std::function<bool()>& done, const char* action);
  /// The same of a request.
  void wait(MPI_Request& request, const char* action);

 private:
  using Clock = std::chrono::steady_clock;
  struct Answer {
    int rank;
    std::string action;
  };

  void answer_questions(const char* action);
  void ask_and_fail(const std::function<bool()>& done, const char* action);
  std::vector<Answer> collect_answers(const std::function<bool()>& done, const char* action,
                                      bool& came);

  MPI_Comm world_ = MPI_COMM_NULL, background_ = MPI_COMM_NULL, host_ = MPI_COMM_NULL,
           questions_ = MPI_COMM_NULL;
  bool one_thread_at_a_time_ = false;
  int rank_ = 0, size_ = 1, messages_ = 0;
  std::chrono::duration<double> timeout_{0};
  int exceptions_;
  std::mutex mutex_, work_mutex_;
  std::vector<Work*> work_;
};

/// The one of this process, started if there is none.
std::shared_ptr<Session> session();

}  // namespace mpi
}  // namespace dinobench
