// Whether the GPU kernels do on this very device what their plain twins do.
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace dinobench {

/// Runs each kernel once on small tensors (well under a second) and compares it with torch's
/// operations, or with the processor's results where they must be equal. Empty if all agree within
/// `tolerance` of values near 1; else the first that does not, and by how much. For devices that
/// has_kernels().
std::string kernel_problem(c10::Device device, double tolerance = 1e-3);

}  // namespace dinobench
