// A training step as work that is the same at every step, so that a device can be told once and
// repeat it.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "backbones/half_weights.hpp"

namespace dinobench {

struct Progress;
struct StepBatch;

/// prepare(), then the device's work, then collect(). Everything in between reads what changes from
/// step to step out of tensors at fixed addresses and brings no number to the host: the second call
/// of loss() and after_backward() asks the device for the operations of the first, with the same
/// constants. That is what a CUDA graph needs, and a test counts.
class DeviceStep {
 public:
  virtual ~DeviceStep() = default;

  /// Puts the batch and this step's draws and schedules where the work reads them.
  virtual void prepare(const StepBatch& batch, const Progress& at) = 0;
  /// Method::loss() without its series: float32 scalar, attached to the graph.
  virtual at::Tensor loss() = 0;
  /// Method::after_step() without the moving average of the weights; collective.
  virtual void after_backward() = 0;
  /// The loss of this rank; this step's diagnostics go into `series`, means over ranks. Waits for
  /// the device; collective.
  virtual double collect(const Progress& at, std::map<std::string, double>& series) = 0;

  /// bfloat16 copies that the work reads: of the trained network, of its teacher. Null: it computes
  /// in float32.
  virtual const HalfWeights* copies() const { return nullptr; }
  virtual const HalfWeights* teacher_copies() const { return nullptr; }
};

}  // namespace dinobench
