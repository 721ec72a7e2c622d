// A CPU build's answer.
#include "core/kernels.hpp"

namespace dinobench {

KernelBuild kernel_build() { return KernelBuild::none; }

}  // namespace dinobench
