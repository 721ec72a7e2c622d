// A subcommand of the program is one self-registering file.
#pragma once

#include <string>

#include "comm/communicator.hpp"
#include "core/console.hpp"
#include "core/options.hpp"
#include "core/registry.hpp"

namespace dinobench {

/// What every command gets: ranks and a console that only rank 0 speaks through.
struct Session {
  Communicator& comm;
  Console& console;
  std::string command_line;
};

struct CommandEntry {
  std::string name, usage, summary;
  /// Reads its options, calls `ready(options, session)` (tools/session.hpp) and works. Returns the
  /// exit code.
  int (*run)(Options& options, Session& session);
  static const char* kind() { return "command"; }
};
using Commands = Registry<CommandEntry>;

}  // namespace dinobench
