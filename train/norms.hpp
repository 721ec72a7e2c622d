// --log_norms: L2 norms of every parameter and gradient, for comparison step by step with another
// implementation.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "methods/method.hpp"

namespace dinobench {

/// Adds "grad_norms/<p>" for every student parameter: NaN where the gradient is absent (dropped at
/// this step, or never computed). Called before clipping.
void add_gradient_norms(Method& method, const std::function<bool(const std::string&)>& absent,
                        std::map<std::string, double>& values);

/// Adds "norms/<p>", "teacher_norms/<p>" and "center_norm" as they are now, after the step. All
/// norms are accumulated in float64.
void add_parameter_norms(Method& method, std::map<std::string, double>& values);

}  // namespace dinobench
