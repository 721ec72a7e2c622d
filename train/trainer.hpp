// Trains any method: the loop, its options and what it leaves in output_dir.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "backbones/backbone.hpp"
#include "comm/run_context.hpp"
#include "core/options.hpp"
#include "methods/method.hpp"

namespace dinobench {

/// Options of `train` that no method owns; names and defaults are the DINO reference's
/// (dino.md 6.1) and design.md's.
struct TrainConfig {
  std::string method = "dino", arch = "vit_small", data_path, output_dir = ".";
  int64_t patch_size = 16, batch_size_per_gpu = 64, epochs = 100, steps_per_epoch = 0,
          max_steps = 0;
  double drop_path_rate = 0.1;
  std::string optimizer = "adamw";
  double lr = 0.0005, min_lr = 1e-6, weight_decay = 0.04, weight_decay_end = 0.4, clip_grad = 3.0;
  int64_t warmup_epochs = 10;
  int64_t accumulate_steps = 1;
  int64_t saveckp_freq = 20, saveckp_every_steps = 0;
  double saveckp_every_minutes = 0;
  int64_t check_ranks_every = 500;
  std::string replay_views, init_from, on_bad_image = "fail";
  bool log_norms = false, profile = false;
  bool cuda_graph = true;
  bool max_steps_given = false;  // --max_steps 0, said aloud: save the initial weights and stop
};
/// Reads and checks them. --patch_size and --drop_path_rate are taken only by backbones that use
/// them.
void read_options(Options& options, TrainConfig& config);

struct TrainResult {
  std::shared_ptr<Backbone> backbone;  // frozen, eval mode
  std::string arch;
  std::optional<LinearClassifier> classifier;  // of a method that trains one
  bool already_finished = false;  // output_dir held the finished run: it was loaded, not touched
};

/// Trains to the end, resuming by itself from output_dir/checkpoint.pth; fills context.record.train
/// and the attributes method, backbone, dataset, dataset_fingerprint, weights_sha256. Writes
/// checkpoint.pth, log.txt, events and run.h5 (status running: completion is the caller's word).
/// Every rank calls it.
class Trainer {
 public:
  /// Reads the method's and backbone's options and checks them; touches no file.
  Trainer(TrainConfig config, Options& options);
  ~Trainer();
  TrainResult run(RunContext& context);

 private:
  TrainConfig config_;
  Options& options_;
};

}  // namespace dinobench
