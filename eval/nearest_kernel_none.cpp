// The CPU build has no kernels: KernelCall refuses before a launch is reached.
#include "eval/nearest_kernel.hpp"

namespace dinobench {

LaunchProblem launch_shortlist(const ShortlistArguments&, void*) { return "this is a CPU build"; }
LaunchProblem launch_decision(const ShortlistArguments&, void*) { return "this is a CPU build"; }

}  // namespace dinobench
