// DINO's step for devices with kernels.
#pragma once

#include <memory>

#include "core/precision.hpp"
#include "methods/device_step.hpp"
#include "methods/dino_objective.hpp"

namespace dinobench {

/// What it works on; all of it outlives the step.
struct DinoDeviceParts {
  const DinoOptions& config;
  uint64_t seed;
  Communicator& comm;
  MultiCropNetwork &student, &teacher;  // on the device, in float32
  const DinoObjective& objective;
  const Method& method;  // for its schedules
  Stopwatch& stopwatch;
};

/// Whether a step with these options is the kernels': centred or plain softmax targets, the
/// cross-entropy, a momentum teacher, a ViT without batch norm or predictor, fp32 or bf16.
bool has_device_step(const DinoDeviceParts& parts, Precision precision);

/// Twin: Method::loss() of methods/dino.cpp under autocast. In bf16 weights, activations and logits
/// are bfloat16 as there, and so is the sum along the blocks, which there is float32.
std::unique_ptr<DeviceStep> make_dino_device_step(const DinoDeviceParts& parts,
                                                  Precision precision);

}  // namespace dinobench
