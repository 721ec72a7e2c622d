// A method trains a backbone: a loss over views, what happens after a step, and the frozen backbone
// it hands out.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backbones/backbone.hpp"
#include "backbones/state.hpp"
#include "comm/communicator.hpp"
#include "core/console.hpp"
#include "core/precision.hpp"
#include "core/registry.hpp"
#include "core/stopwatch.hpp"
#include "data/views.hpp"
#include "methods/device_step.hpp"

namespace dinobench {

/// Where training stands. Schedules are functions of it, never of hidden counters.
struct Progress {
  int64_t step = 0;  // optimiser steps done
  int64_t steps_per_epoch = 1;
  int64_t epochs = 1;
  int64_t epoch() const { return step / steps_per_epoch; }
  int64_t total_steps() const { return steps_per_epoch * epochs; }
};

/// One step's tensors on the device: V views [B, 3, h, w], labels [B] int64 (-1: none), data-set
/// indices of the rows.
struct StepBatch {
  std::vector<at::Tensor> views;
  at::Tensor labels;
  std::vector<int64_t> samples;
};

struct MethodInputs {
  const BackboneEntry& backbone;
  BackboneConfig backbone_config;  // drop_path_rate as asked; the method decides who drops
  int64_t num_classes = 0;         // of the training set, 0 if unlabelled
  int64_t epochs = 100;
  uint64_t seed = 0;
  Communicator& comm;
  Stopwatch* stopwatch = nullptr;  // outlives the method; sections of loss() and after_step()
  Console* console = nullptr;      // for what is to be said while the method is made
};

/// Named parts of a training checkpoint beyond optimiser and epoch: "student", "teacher",
/// "dino_loss" ...
struct CheckpointPart {
  std::string key;       // top-level key of checkpoint.pth
  NamedTensors tensors;  // shares memory with the method
};

class Method {
 public:
  virtual ~Method() = default;
  virtual std::vector<View> views() const = 0;  ///< what the loader makes of each sample
  virtual bool needs_labels() const { return false; }

  /// Scalar, mean over this rank's rows, attached to the graph. Puts its diagnostics (global means
  /// over ranks, such as teacher_entropy) into `series`, the same names at every step on every
  /// rank. Called once for each part of a step's batch (--accumulate_steps), collectives included;
  /// what one part learns must not change what the next sees: that is for after_step().
  virtual at::Tensor loss(const StepBatch& batch, const Progress& at,
                          std::map<std::string, double>& series) = 0;

  /// Parameters that receive gradients, official names ("backbone.*", "head.*"), in registration
  /// order. Empty: nothing to train.
  virtual NamedTensors trainable() = 0;
  /// As trainable(), with the parameters that never receive one (DINO's weight_g).
  virtual NamedTensors parameters() { return trainable(); }
  /// Whether this parameter's gradient is dropped at this step (treated as absent): DINO's last
  /// layer in early epochs.
  virtual bool frozen(const std::string& /*name*/, const Progress& /*at*/) const { return false; }
  /// EMA teacher, DINO's centre; `at.step` is the index of the step just done (as in loss()).
  virtual void after_step(const Progress& /*at*/) {}
  /// Recorded; 0 where there is none.
  virtual double momentum(const Progress& /*at*/) const { return 0; }
  virtual double teacher_temperature(const Progress& /*at*/) const { return 0; }
  /// Entropy in nats of an output that says nothing, for the collapse watch; 0: nothing to watch.
  virtual double uniform_entropy() const { return 0; }

  /// The same step for a device with kernels (float32 parameters, AdamW, batches in one part),
  /// after to(); it works on this method and does not outlive it. Null: loss() and after_step() are
  /// all there is.
  virtual std::unique_ptr<DeviceStep> device_step(Precision /*precision*/) { return nullptr; }

  virtual void train(bool on) = 0;
  virtual void to(c10::Device device, c10::ScalarType dtype) = 0;
  /// The backbone that evaluations judge, in eval mode (DINO: the teacher's).
  virtual std::shared_ptr<Backbone> frozen_backbone() = 0;

  /// The classifier trained on top of it; nothing where the method trains none.
  virtual std::optional<LinearClassifier> classifier() { return {}; }

  virtual std::vector<CheckpointPart> checkpoint_parts() = 0;
  /// Per-step norms beyond parameters and gradients for --log_norms: the teacher's parameters,
  /// "center" ...
  virtual NamedTensors teacher_parameters() { return {}; }
  virtual at::Tensor center() { return {}; }
};

struct MethodEntry {
  std::string name, summary, source;
  /// Reads the method's options (into a throw-away for `list` and --help).
  void (*describe)(Options& options);
  std::unique_ptr<Method> (*make)(const MethodInputs& inputs, Options& options);
  /// Option words that make another method of it: the contract tests take each as well.
  std::vector<std::vector<std::string>> variants = {};
  static const char* kind() { return "method"; }
};
using Methods = Registry<MethodEntry>;

}  // namespace dinobench
