// Start and end of MPI; waiting with a limit.
#include "comm/mpi_session.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <thread>

#include "core/error.hpp"

namespace dinobench {
namespace mpi {
namespace {

enum Tag { question = 1, answer = 2 };
constexpr size_t kActionLength = 32;              // bytes of an answer: what the rank waits in
constexpr auto kGrace = std::chrono::seconds(3);  // for answers
constexpr auto kAskEvery = std::chrono::milliseconds(50);
constexpr auto kSpin = std::chrono::milliseconds(2);  // before a wait gives its core away

using ActionText = std::array<char, kActionLength>;

ActionText text_of(const char* action) {
  ActionText text{};
  std::strncpy(text.data(), action, text.size() - 1);
  return text;
}

}  // namespace

void check(int status, const char* action) {
  if (status == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = {};
  int length = 0;
  MPI_Error_string(status, text, &length);
  fail_run("MPI {}: {}", action, std::string(text, static_cast<size_t>(length)));
}

Session::Session() : exceptions_(std::uncaught_exceptions()) {
  int initialised = 0, provided = MPI_THREAD_SINGLE;
  MPI_Initialized(&initialised);
  require(initialised == 0, "MPI was initialised, and finalised, before");
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided), "start");
  if (provided < MPI_THREAD_SERIALIZED)
    fail_run("MPI: this library allows calls from one thread only; serialized is needed");
  one_thread_at_a_time_ = provided < MPI_THREAD_MULTIPLE;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  for (MPI_Comm* comm : {&world_, &background_, &questions_})
    check(MPI_Comm_dup(MPI_COMM_WORLD, comm), "duplicate communicator");
  check(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host_),
        "find the ranks of this host");
  check(MPI_Comm_rank(world_, &rank_), "find the rank");
  check(MPI_Comm_size(world_, &size_), "find the number of ranks");
}

// Not after an exception: the job is then to be aborted, and finalising would wait for ranks that
// never come.
Session::~Session() {
  if (std::uncaught_exceptions() > exceptions_) return;
  for (MPI_Comm* comm : {&world_, &background_, &host_, &questions_}) MPI_Comm_free(comm);
  MPI_Finalize();
}

void Session::add(Work& work) {
  const std::lock_guard lock(work_mutex_);
  work_.push_back(&work);
}

void Session::remove(const Work& work) {
  const std::lock_guard lock(work_mutex_);
  std::erase(work_, &work);
}

void Session::advance_all() {
  const std::lock_guard lock(work_mutex_);
  const auto turn_held = turn();
  for (Work* work : work_) work->advance();
}

int Session::next_tag() {
  constexpr int kinds = 1 << 13;  // far more than are ever under way; MPI promises 32768 tags
  return 2 * (messages_++ % kinds);
}

// Asks again and again instead of blocking, so that another thread may have its turn and a rank
// that waits can say so.
void Session::wait(const std::function<bool()>& done, const char* action) {
  const auto started = Clock::now();
  auto asked = started;
  while (!done()) {
    advance_all();
    const auto now = Clock::now();
    if (now - asked > kAskEvery) {
      answer_questions(action);
      asked = now;
    }
    if (timeout_.count() > 0 && now - started > timeout_) return ask_and_fail(done, action);
    if (now - started < kSpin) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }
}

void Session::wait(MPI_Request& request, const char* action) {
  wait(
      [&] {
        const auto turn_held = turn();
        int flag = 0;
        check(MPI_Test(&request, &flag, MPI_STATUS_IGNORE), action);
        return flag != 0;
      },
      action);
}

void Session::answer_questions(const char* action) {
  const auto turn_held = turn();
  for (int found = 1; found != 0;) {
    MPI_Status status;
    check(MPI_Iprobe(MPI_ANY_SOURCE, question, questions_, &found, &status), "look for questions");
    if (found == 0) return;
    char nothing = 0;
    check(
        MPI_Recv(&nothing, 1, MPI_CHAR, status.MPI_SOURCE, question, questions_, MPI_STATUS_IGNORE),
        "read a question");
    const ActionText text = text_of(action);  // short enough to be sent at once
    check(MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, status.MPI_SOURCE, answer,
                   questions_),
          "answer");
  }
}

std::vector<Session::Answer> Session::collect_answers(const std::function<bool()>& done,
                                                      const char* action, bool& came) {
  std::vector<Answer> answers;
  const auto started = Clock::now();
  while (static_cast<int>(answers.size()) + 1 < size_ && Clock::now() - started < kGrace) {
    advance_all();
    came = done();
    if (came) break;
    answer_questions(action);
    const auto turn_held = turn();
    int found = 0;
    MPI_Status status;
    check(MPI_Iprobe(MPI_ANY_SOURCE, answer, questions_, &found, &status), "look for answers");
    if (found == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    ActionText text{};
    check(MPI_Recv(text.data(), static_cast<int>(text.size()), MPI_CHAR, status.MPI_SOURCE, answer,
                   questions_, MPI_STATUS_IGNORE),
          "read an answer");
    answers.push_back({status.MPI_SOURCE, text.data()});
  }
  return answers;
}

void Session::ask_and_fail(const std::function<bool()>& done, const char* action) {
  {
    const auto turn_held = turn();
    char nothing = 0;
    for (int rank = 0; rank < size_; ++rank) {
      MPI_Request sent = MPI_REQUEST_NULL;
      if (rank == rank_) continue;
      check(MPI_Isend(&nothing, 1, MPI_CHAR, rank, question, questions_, &sent), "ask");
      check(MPI_Request_free(&sent), "ask");
    }
  }
  bool came = false;
  const std::vector<Answer> answers = collect_answers(done, action, came);
  if (came) return;
  std::vector<int> silent;
  std::string elsewhere;
  for (int rank = 0; rank < size_; ++rank) {
    const auto found = std::find_if(answers.begin(), answers.end(),
                                    [rank](const Answer& given) { return given.rank == rank; });
    if (found == answers.end()) {
      if (rank != rank_) silent.push_back(rank);
    } else if (found->action != action) {
      elsewhere += fmt::format("; rank {} waits to {}", rank, found->action);
    }
  }
  const std::string who = silent.empty()
                              ? "no rank is missing"
                              : fmt::format("rank {} did not come", fmt::join(silent, ", "));
  fail_run("{} within {:g} s (--timeout): rank {} waits to {}{}", who, timeout_.count(), rank_,
           action, elsewhere);
}

std::shared_ptr<Session> session() {
  static std::weak_ptr<Session> shared;
  std::shared_ptr<Session> held = shared.lock();
  if (held == nullptr) shared = held = std::make_shared<Session>();
  return held;
}

}  // namespace mpi
}  // namespace dinobench
