// Signals are noted, the first one counts, and the old handlers come back.
#include "core/stop_signals.hpp"

#include "core/error.hpp"
#include "tests/test_light.hpp"

namespace dinobench {
namespace {

int reached = 0;

TEST_CASE("a stop signal is noted while somebody listens, the first one counts") {
  for (const int signal : stop_signals) {
    const StopSignals signals;
    REQUIRE(signals.pending() == 0);
    std::raise(signal);
    REQUIRE(signals.pending() == signal);
    std::raise(SIGTERM);
    REQUIRE(signals.pending() == signal);
  }
}

TEST_CASE("the handler before is restored") {
  std::signal(SIGUSR1, [](int) { ++reached; });
  { const StopSignals signals; }
  std::raise(SIGUSR1);
  REQUIRE(reached == 1);
  std::signal(SIGUSR1, SIG_DFL);
}

TEST_CASE("a stopped run ends with 128 and its signal") {
  REQUIRE(Error("told to stop", Failure::stopped, SIGTERM).exit_code() == 143);
  REQUIRE(Error("told to stop", Failure::stopped, SIGUSR1).exit_code() == 138);
  REQUIRE(std::string(signal_name(SIGUSR1)) == "SIGUSR1");
}

}  // namespace
}  // namespace dinobench
