// Training steps for a device with kernels: whole, without a word to the host until they are done.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "comm/gradient_buckets.hpp"
#include "methods/device_step.hpp"
#include "train/fused_adamw.hpp"
#include "train/step_graph.hpp"
#include "train/training_run.hpp"

namespace dinobench {

/// Both networks, the loss, backward, the sums over ranks, and one pass over the weights that
/// clips, updates, moves the teacher and writes the bfloat16 copies. On a GPU the third step with
/// the same parameters taking part is captured as a CUDA graph and the later ones are replayed; not
/// with --cuda_graph false or --profile. A capture that fails is said once, and the steps go on
/// without it. Twin: the plain step of trainer.cpp.
class DeviceTraining {
 public:
  /// Null where the plain step is to be taken: no kernels for this device, an optimiser other than
  /// AdamW, fp16 or fp64, batches in parts, --log_norms, or a method or option without a
  /// DeviceStep.
  static std::unique_ptr<DeviceTraining> open(TrainingRun& run, GradientBuckets& gradients);

  /// A step to the new weights. `values` has the schedules; diagnostics are added. Returns the loss
  /// of this rank. Collective.
  double step(const StepBatch& batch, std::map<std::string, double>& values);

 private:
  DeviceTraining(TrainingRun& run, GradientBuckets& gradients, std::unique_ptr<DeviceStep> method);
  void choose_parameters();
  void take();
  void work();

  TrainingRun& run_;
  GradientBuckets& gradients_;
  std::unique_ptr<DeviceStep> method_;
  FusedAdamW update_;
  at::Tensor schedule_;  // float64: learning rate, weight decay, teacher momentum
  std::set<std::string> absent_;
  std::vector<FusedAdamWEntry> entries_;
  std::unique_ptr<StepGraph> graph_;  // null: none is to be made
  int64_t alike_ = 0;                 // steps since the parameters taking part changed
};

}  // namespace dinobench
