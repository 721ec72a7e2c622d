// Set-up of a training run: from settings to a method that stands at some step.
#include "train/training_run.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <algorithm>

#include "backbones/device_copy.hpp"
#include "core/error.hpp"
#include "core/hdf5_store.hpp"
#include "train/journal.hpp"

namespace dinobench {
namespace training_run {
namespace {

// Options that neither the weights nor the series depend on; the data set is compared by its
// fingerprint and the batch as a whole.
constexpr const char* kFreeToChange[] = {"data_path",
                                         "output_dir",
                                         "max_steps",
                                         "saveckp_freq",
                                         "saveckp_every_steps",
                                         "replay_views",
                                         "on_bad_image",
                                         "init_from",
                                         "batch_size_per_gpu",
                                         "accumulate_steps",
                                         "saveckp_every_minutes",
                                         "check_ranks_every",
                                         "profile",
                                         "cuda_graph"};

void open_data(TrainingRun& run) {
  Attributes& attributes = run.context.record.attributes;
  if (!run.config.replay_views.empty()) {
    run.replay = inspect_replay(run.config.replay_views);
    attributes["dataset"] = run.config.replay_views;
    return;
  }
  if (run.config.data_path.empty()) return;
  run.data = open_dataset(run.config.data_path);
  attributes["dataset"] = run.config.data_path;
  attributes["dataset_fingerprint"] = run.data->fingerprint();
}

int64_t classes_of(const TrainingRun& run) {
  if (run.replay) return run.replay->classes;
  return run.data ? static_cast<int64_t>(run.data->classes.size()) : 0;
}

void build_method(TrainingRun& run, Options& options) {
  const TrainConfig& config = run.config;
  RunContext& context = run.context;
  BackboneConfig backbone_config;
  backbone_config.patch_size = config.patch_size;
  backbone_config.drop_path_rate = config.drop_path_rate;
  const MethodInputs inputs{find_backbone(config.arch),
                            backbone_config,
                            classes_of(run),
                            config.epochs,
                            context.seed,
                            context.comm,
                            &run.stopwatch,
                            &context.console};
  // Initial weights come from this generator, in the reference's order of construction.
  at::manual_seed(context.seed);
  run.method = Methods::find(config.method).make(inputs, options);
  run.method->to(context.device, context.dtype);
  run.method->train(true);
  run.optimizer = make_optimizer(config.optimizer, run.method->trainable());
  run.scaler = std::make_unique<GradScaler>(context.precision, context.device);
  run.facts.scaler = run.scaler.get();
  context.record.attributes["method"] = config.method;
  context.record.attributes["backbone"] = config.arch;
}

void check_views(const TrainingRun& run) {
  if (!find_backbone(run.config.arch).uses_patch_size) return;
  for (const View& view : run.method->views()) {
    require(run.config.patch_size <= std::min(view.height, view.width),
            "--patch_size {} is larger than a training crop of {} x {} pixels",
            run.config.patch_size, view.width, view.height);
  }
}

int64_t steps_of_an_epoch(const TrainingRun& run) {
  if (run.config.steps_per_epoch > 0) return run.config.steps_per_epoch;
  if (run.replay) return run.replay->steps;
  return run.data->size() / run.global_batch();
}

void set_length(TrainingRun& run) {
  const TrainConfig& config = run.config;
  run.at.epochs = config.epochs;
  if (run.method->trainable().empty()) return;
  require(run.data || run.replay, "--data_path is missing: method {} needs images to train on",
          config.method);
  if (run.data) {
    require(!run.method->needs_labels() || !run.data->classes.empty(),
            "{}: method {} needs labels, expected a folder per class", config.data_path,
            config.method);
    require(run.data->size() >= run.global_batch(),
            "{}: {} images cannot fill a batch of {} (--batch_size_per_gpu {} on {} ranks, "
            "--accumulate_steps {})",
            config.data_path, run.data->size(), run.global_batch(), config.batch_size_per_gpu,
            run.context.comm.size(), config.accumulate_steps);
  }
  run.at.steps_per_epoch = steps_of_an_epoch(run);
  run.stop = run.at.total_steps();
  if (config.max_steps_given || config.max_steps > 0) {
    run.stop = std::min(run.stop, config.max_steps);
  }
}

/// Names of the options that a resumed run must share: those of training itself, whatever command
/// read them.
std::vector<std::string> compared_names(const TrainConfig& config) {
  Options own;
  TrainConfig defaults;
  read_options(own, defaults);
  Methods::find(config.method).describe(own);
  std::vector<std::string> names{"seed", "dataset_fingerprint", "global_batch", "compute_dtype",
                                 "precision"};
  for (const auto& [name, value] : own.used()) {
    if (std::find(std::begin(kFreeToChange), std::end(kFreeToChange), name) ==
        std::end(kFreeToChange)) {
      names.push_back(name);
    }
  }
  return names;
}

void collect_facts(TrainingRun& run, Options& options) {
  const RunContext& context = run.context;
  context.record.options = options.used();
  Attributes& attributes = context.record.attributes;  // what a reader of run.h5 needs to judge it
  attributes["total_steps"] = run.stop;
  attributes["steps_per_epoch"] = run.at.steps_per_epoch;
  attributes["global_batch"] = run.global_batch();
  attributes["uniform_entropy"] = run.method->uniform_entropy();
  auto arguments = options.used();
  arguments["precision"] = name_of(context.precision);  // what "auto" stands for
  run.facts.args = arguments_value(arguments);
  if (run.facts.args.find("seed") == nullptr) {
    run.facts.args.set("seed", static_cast<int64_t>(context.seed));
  }
  run.facts.args.set("world_size", int64_t{context.comm.size()});
  run.facts.args.set("global_batch", run.global_batch());
  run.facts.args.set("dataset_fingerprint", context.record.text("dataset_fingerprint"));
  run.facts.args.set("compute_threads", int64_t{at::get_num_threads()});
  run.facts.args.set("compute_dtype", std::string(c10::toString(context.dtype)));
  run.facts.compared = compared_names(run.config);
}

/// Damage costs the series, never the weights.
void resume_series(TrainingRun& run, const std::filesystem::path& run_file) {
  try {
    restore_series(run.context.record, run_file, run.at.step);
  } catch (const Error& error) {
    run.context.record.train.clear();
    run.context.console.warn(
        fmt::format("{}; the series before step {} are lost (NaN), the weights are not",
                    error.what(), run.at.step));
  }
}

/// Another number of threads adds in another order.
void warn_of_other_threads(const TrainingRun& run, const Value& file) {
  const Value* args = file.find("args");
  const Value* then = args != nullptr && args->is_dict() ? args->find("compute_threads") : nullptr;
  if (then == nullptr || then->as_int() == at::get_num_threads()) return;
  run.context.console.warn(fmt::format(
      "this run had {} threads a rank and now has {}: its last bits may differ from those of an "
      "undisturbed run",
      then->as_int(), at::get_num_threads()));
}

void resume(TrainingRun& run, const FoundCheckpoint& found) {
  const auto& path = found.path;
  run.facts.at = run.at;
  run.at.step = load_checkpoint(found, *run.method, *run.optimizer, run.facts);
  warn_of_other_threads(run, found.file);
  const auto run_file = run.file("run.h5");
  resume_series(run, run_file);
  run.finished = run.at.step >= run.stop && std::filesystem::exists(run_file) &&
                 load_record(run_file).text("status") == "completed";
  if (run.finished || run.at.step == 0) return;
  run.context.console.line(
      fmt::format("resumes at step {} of {} from {}", run.at.step, run.stop, path.string()));
}

}  // namespace
}  // namespace training_run

TrainingRun::TrainingRun(const TrainConfig& settings, RunContext& where)
    : config(settings),
      context(where),
      stopwatch(settings.profile, [device = where.device] { wait_for(device); }) {}

std::vector<at::Tensor> TrainingRun::trainable() const {
  std::vector<at::Tensor> out;
  for (const auto& [name, tensor] : method->trainable()) out.push_back(tensor);
  return out;
}

NamedTensors TrainingRun::weights() const {
  NamedTensors out = method->parameters();
  for (const auto& item : method->teacher_parameters()) out.push_back(item);
  return out;
}

std::unique_ptr<TrainingRun> open_training(const TrainConfig& config, Options& options,
                                           RunContext& context) {
  auto opened = std::make_unique<TrainingRun>(config, context);
  TrainingRun& run = *opened;
  training_run::open_data(run);
  training_run::build_method(run, options);
  training_run::check_views(run);
  training_run::set_length(run);
  training_run::collect_facts(run, options);
  if (const auto found = find_checkpoint(config.output_dir, context.console)) {
    run.checkpoint_damaged = found->path.filename() == previous_checkpoint_name;
    training_run::resume(run, *found);
  } else if (!config.init_from.empty()) {
    load_initial_weights(config.init_from, *run.method);
  }
  return opened;
}

std::unique_ptr<BatchSource> open_source(TrainingRun& run) {
  RunContext& context = run.context;
  const SourceConfig source{.first_step = run.at.step,
                            .stop = run.stop,
                            .global_batch = run.global_batch(),
                            .steps_per_epoch = run.at.steps_per_epoch,
                            .parts = run.config.accumulate_steps,
                            .rank = context.comm.rank(),
                            .world = context.comm.size(),
                            .device = context.device,
                            .dtype = context.dtype};
  auto views = run.method->views();
  if (run.replay) {
    return make_replay_source(run.config.replay_views, static_cast<int64_t>(views.size()), source);
  }
  LoaderConfig loader;
  loader.seed = context.seed;
  loader.workers = context.num_workers > 0 ? context.num_workers : at::get_num_threads();
  loader.on_bad_image = run.config.on_bad_image == "skip" ? OnBadImage::skip : OnBadImage::fail;
  return make_loader_source(*run.data, std::move(views), loader, source);
}

}  // namespace dinobench
