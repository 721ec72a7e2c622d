// Whether paired differences speak for one side, and what many such questions do to each answer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dinobench {

/// Two-sided sign-flip permutation test of the mean of paired differences being 0 (Fisher 1935;
/// over answers that are right or wrong it is McNemar's exact test). Zeros decide nothing and are
/// put aside; up to 16 others all sign patterns are counted, beyond that 9,999 are drawn at address
/// (seed, "sign flip", {pattern}) and the observed one is added. 1 if nothing differs.
double sign_flip_p(std::span<const double> differences, uint64_t seed = 0);

/// Holm's step-down correction: adjusted p-values in the order given, at most 1. Rejecting those
/// below alpha keeps the chance of any false rejection below alpha.
std::vector<double> holm(std::span<const double> p_values);

}  // namespace dinobench
