// Signals that ask a run to stop in good order.
#pragma once

#include <array>
#include <csignal>

namespace dinobench {

/// SIGTERM, SIGUSR1 (what a scheduler sends ahead of pre-emption) and SIGINT.
constexpr std::array<int, 3> stop_signals{SIGTERM, SIGUSR1, SIGINT};

/// While it lives these signals are noted instead of ending the process; a second SIGINT ends it.
/// At most one at a time; the handlers before it are restored.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  int pending() const;  ///< the first that came, 0: none

 private:
  struct sigaction before_[stop_signals.size()];
};

/// "SIGTERM" ...
const char* signal_name(int signal);

}  // namespace dinobench
