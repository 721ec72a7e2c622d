// The CPU build has no kernels: KernelCall refuses before a launch is reached.
#include "methods/dino_loss_kernel.hpp"

namespace dinobench {

LaunchProblem launch_dino_teacher(const DinoLossArguments&, void*) { return "this is a CPU build"; }
LaunchProblem launch_dino_student(const DinoLossArguments&, void*) { return "this is a CPU build"; }
LaunchProblem launch_dino_backward(const DinoLossArguments&, void*) {
  return "this is a CPU build";
}

}  // namespace dinobench
