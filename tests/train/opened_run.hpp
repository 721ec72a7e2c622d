// A training run as the trainer opens it, before its first step.
#pragma once

#include <memory>

#include "tests/train/tiny_run.hpp"
#include "train/training_run.hpp"

namespace dinobench {
namespace tiny {

/// Of method and settings in `words`, on one rank.
struct Opened {
  explicit Opened(const Words& words) : options(words) {
    read_options(options, config);
    Methods::find(config.method).describe(options);
    run = open_training(config, options, context);
  }
  std::filesystem::path checkpoint() const { return run->file(checkpoint_name); }

  Options options;
  TrainConfig config;
  Console console{false, true};
  RunRecord record;
  std::unique_ptr<Communicator> comm = make_self_communicator();
  RunContext context{*comm, console, record, 5};
  std::unique_ptr<TrainingRun> run;
};

}  // namespace tiny
}  // namespace dinobench
