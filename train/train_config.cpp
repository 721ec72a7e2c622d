// Options of `train`: names and defaults of the reference, and what makes no sense.
#include "core/error.hpp"
#include "train/trainer.hpp"

namespace dinobench {
namespace train_config {
namespace {

void read_network(Options& options, TrainConfig& config) {
  options.get("arch", config.arch, "backbone: `list backbones` shows them");
  const BackboneEntry& backbone = find_backbone(config.arch);
  config.arch = backbone.name;
  if (backbone.uses_patch_size) {
    options.get("patch_size", config.patch_size, "side of a ViT's patches in pixels");
    options.get("drop_path_rate", config.drop_path_rate, "stochastic depth of the student");
    return;
  }
  const std::string reason = backbone.name + " has no such setting";
  options.ignore("patch_size", reason);
  options.ignore("drop_path_rate", reason);
}

void read_data(Options& options, TrainConfig& config) {
  options.get("data_path", config.data_path, "training images: ImageFolder or flat folder");
  options.get("output_dir", config.output_dir, "where checkpoint.pth, log.txt and run.h5 go");
  options.get("batch_size_per_gpu", config.batch_size_per_gpu, "images per rank and step");
  options.get("accumulate_steps", config.accumulate_steps,
              "parts of a step's batch: --batch_size_per_gpu images each, gradients averaged");
  options.choose("on_bad_image", config.on_bad_image, {"fail", "skip"},
                 "what an unreadable image does");
  options.get("replay_views", config.replay_views,
              "HDF5 file of recorded views (/step/<n>/view/<v>) used instead of --data_path");
}

void read_schedule(Options& options, TrainConfig& config) {
  options.choose("optimizer", config.optimizer, {"adamw", "sgd", "lars"}, "update rule");
  options.get("epochs", config.epochs, "length of the schedules");
  options.get("steps_per_epoch", config.steps_per_epoch,
              "length of an epoch; 0: images / global batch");
  options.get("max_steps", config.max_steps, "stop early; schedules stay as they are");
  config.max_steps_given = options.given("max_steps");
  options.get("lr", config.lr, "peak learning rate per 256 images of the global batch");
  options.get("min_lr", config.min_lr, "learning rate at the end, not scaled by the batch");
  options.get("warmup_epochs", config.warmup_epochs, "linear warm-up of the learning rate");
  options.get("weight_decay", config.weight_decay, "weight decay at the start");
  options.get("weight_decay_end", config.weight_decay_end, "weight decay at the end");
  options.get("clip_grad", config.clip_grad, "bound on each tensor's gradient norm; 0: none");
}

void read_saving(Options& options, TrainConfig& config) {
  options.get("saveckp_freq", config.saveckp_freq,
              "keep a checkpoint every so many epochs; 0: none");
  options.get("saveckp_every_steps", config.saveckp_every_steps,
              "save inside an epoch too, every so many steps; 0: at its end only");
  options.get("saveckp_every_minutes", config.saveckp_every_minutes,
              "save inside an epoch too, once so much time has passed; 0: not by the clock");
  options.get("check_ranks_every", config.check_ranks_every,
              "compare the weights of all ranks every so many steps; 0: when saving only");
  options.get("init_from", config.init_from, "start from student and teacher of this checkpoint");
  options.get("log_norms", config.log_norms, "store the norms of weights and gradients per step");
  options.get("profile", config.profile, "print where the time of a step goes");
  options.get("cuda_graph", config.cuda_graph,
              "repeat a GPU's steps as a CUDA graph, where the method's can be");
}

}  // namespace
}  // namespace train_config

void read_options(Options& options, TrainConfig& config) {
  options.choose("method", config.method, Methods::names(), "training method: `list methods`");
  train_config::read_network(options, config);
  train_config::read_data(options, config);
  train_config::read_schedule(options, config);
  train_config::read_saving(options, config);
  const auto positive = [](const char* name, int64_t value) {
    require(value > 0, "--{} {}: expected at least 1", name, value);
  };
  positive("patch_size", config.patch_size);
  positive("batch_size_per_gpu", config.batch_size_per_gpu);
  positive("epochs", config.epochs);
  positive("accumulate_steps", config.accumulate_steps);
  const auto not_negative = [](const char* name, double value) {
    require(value >= 0, "--{} {}: expected 0 or more", name, value);
  };
  not_negative("steps_per_epoch", static_cast<double>(config.steps_per_epoch));
  not_negative("max_steps", static_cast<double>(config.max_steps));
  not_negative("warmup_epochs", static_cast<double>(config.warmup_epochs));
  not_negative("saveckp_freq", static_cast<double>(config.saveckp_freq));
  not_negative("saveckp_every_steps", static_cast<double>(config.saveckp_every_steps));
  not_negative("saveckp_every_minutes", config.saveckp_every_minutes);
  not_negative("check_ranks_every", static_cast<double>(config.check_ranks_every));
  not_negative("clip_grad", config.clip_grad);
  require(config.drop_path_rate >= 0 && config.drop_path_rate < 1,
          "--drop_path_rate {}: expected [0, 1)", config.drop_path_rate);
  require(config.warmup_epochs <= config.epochs, "--warmup_epochs {} is longer than --epochs {}",
          config.warmup_epochs, config.epochs);
}

}  // namespace dinobench
