// The CPU build has no kernels: KernelCall refuses before a launch is reached.
#include "backbones/gelu_kernel.hpp"

namespace dinobench {

LaunchProblem launch_gelu(const GeluArguments&, void*) { return "this is a CPU build"; }
LaunchProblem launch_gelu_backward(const GeluArguments&, void*) { return "this is a CPU build"; }

}  // namespace dinobench
