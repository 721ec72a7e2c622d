// Warns when a self-distilling method collapses (dino.md 5).
#pragma once

#include <string>

#include "core/run_record.hpp"

namespace dinobench {

/// What the latest steps of the series say: "" while all is well, else one line. uniform_entropy:
/// Method::uniform_entropy(). Looks at `teacher_entropy`, `kl` (means over the last 50 steps) and
/// `feature_rank` (the last value); a series that is absent says nothing.
std::string collapse_verdict(const RunRecord& record, double uniform_entropy);

/// "the loss is not finite since step N (of the last step M)" if the last loss is not; ""
/// otherwise.
std::string divergence_verdict(const RunRecord& record);

}  // namespace dinobench
