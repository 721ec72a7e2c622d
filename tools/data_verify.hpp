// dinobench data verify.
#pragma once

#include "tools/command.hpp"

namespace dinobench {

/// Compares a copy of an official data set with what was published of it; exit code 1 if something
/// is missing or differs.
int verify_data(Options& options, Session& session);

}  // namespace dinobench
