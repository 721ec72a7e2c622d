// What all ranks must know at the end of a step, in one sum.
#pragma once

#include "comm/communicator.hpp"
#include "train/saver.hpp"

namespace dinobench {

struct StepVote {
  double loss = 0;  // in: this rank's; out: mean over ranks, not finite if one of them is not
  int signal = 0;   // stop signal that this rank got; out: of any rank, 0 if none got one
  Saver::ClockWord clock;  // out: rank 0's
};

/// Collective.
StepVote counted(const StepVote& own, Communicator& comm);

}  // namespace dinobench
