// The half-precision parts of a training step.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "train/training_run.hpp"

namespace dinobench {

/// The method's loss under autocast: student, teacher and loss, as in the reference.
at::Tensor mixed_precision_loss(TrainingRun& run, const StepBatch& batch,
                                std::map<std::string, double>& values);

/// Whether the step may be taken: false if a gradient overflowed. In fp16 fills loss_scale (used in
/// this step) and step_skipped (0 or 1), and keeps the record's attribute steps_skipped. With
/// clipping the reference looks at all gradients, without it at those that the step uses.
bool unscale_gradients(TrainingRun& run, const std::function<bool(const std::string&)>& absent,
                       std::map<std::string, double>& values);

}  // namespace dinobench
