// The vote as a sum of numbers.
#include "train/step_vote.hpp"

#include <array>
#include <span>

#include "core/stop_signals.hpp"

namespace dinobench {

StepVote counted(const StepVote& own, Communicator& comm) {
  // loss | a place for each signal | rank 0's clock
  constexpr size_t save = 1 + stop_signals.size(), pass_over = save + 1;
  std::array<double, pass_over + 1> sums{};
  sums[0] = own.loss;
  for (size_t i = 0; i < stop_signals.size(); ++i) sums[1 + i] = own.signal == stop_signals[i];
  if (comm.rank() == 0) {
    sums[save] = own.clock.save;
    sums[pass_over] = own.clock.pass_over;
  }
  comm.all_reduce_sum(std::span(sums));
  StepVote all;
  all.loss = sums[0] / comm.size();
  for (size_t i = stop_signals.size(); i-- > 0;)
    if (sums[1 + i] > 0) all.signal = stop_signals[i];
  all.clock = {.save = sums[save] > 0, .pass_over = sums[pass_over] > 0};
  return all;
}

}  // namespace dinobench
