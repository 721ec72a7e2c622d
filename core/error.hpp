// The one exception type, and the checks that throw it at the border.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>  // fmt::join

#include <stdexcept>
#include <string>
#include <utility>

namespace dinobench {

/// Who is to blame decides the exit code of the program: 2 for wrong use or bad input, 3 for a
/// failed run, 128 + signal for a run that was told to stop and can go on from its checkpoint.
enum class Failure { input = 2, run = 3, stopped = 128 };

/// The only exception thrown by dinobench. what() says what was seen and what was expected, in one
/// line.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, Failure failure = Failure::input, int signal = 0)
      : std::runtime_error(message), failure_(failure), signal_(signal) {}
  Failure failure() const { return failure_; }
  int exit_code() const { return static_cast<int>(failure_) + signal_; }

 private:
  Failure failure_;
  int signal_;
};

/// Throws an input Error (exit code 2) with a formatted message.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

/// Throws a run Error (exit code 3): the input was fine, the run was not (disk full, non-finite
/// loss ...).
template <class... Args>
[[noreturn]] void fail_run(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...), Failure::run);
}

/// Checks what comes from outside; the message says what was seen and what was expected.
template <class... Args>
void require(bool holds, fmt::format_string<Args...> format, Args&&... args) {
  if (!holds) throw Error(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace dinobench
