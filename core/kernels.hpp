// Whether this executable carries the GPU kernels (*.cu). kernels_cuda.cpp answers in a CUDA build,
// kernels_none.cpp in a CPU build, and tests/gpu runs the kernels' source on the CPU.
#pragma once

namespace dinobench {

enum class KernelBuild { none, cuda, emulated };
KernelBuild kernel_build();

/// What every launch function of the kernels returns: null, or what the runtime said.
using LaunchProblem = const char*;

}  // namespace dinobench
