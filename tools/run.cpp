// dinobench run: training and evaluations of one configuration and seed, in one record.
#include <exception>
#include <filesystem>

#include "core/error.hpp"
#include "tools/evaluation_run.hpp"
#include "tools/session.hpp"
#include "train/event_file.hpp"
#include "train/trainer.hpp"

namespace dinobench::run_command {
namespace {

namespace fs = std::filesystem;

struct RunConfig {
  std::string output, experiment, train_split = "train";
  std::vector<std::string> evaluations{"knn"};
  bool overwrite = false;
};

struct Planned {
  const EvaluationEntry& entry;
  std::unique_ptr<Evaluation> evaluation;
};

void read_options(Options& options, RunConfig& config) {
  std::string file;  // loaded already; the stem of the first names the experiment
  options.get("config", file, "NAME = VALUE lines; several times: later files win");
  config.experiment = fs::path(file).stem().string();
  options.get("experiment", config.experiment,
              "name in the record; by default that of the first --config, or METHOD_ARCH");
  options.get("output", config.output, "the HDF5 record to write");
  options.get("overwrite", config.overwrite, "run again although the record is complete");
  options.get("train_split", config.train_split, "folder under --data_path to train on");
  options.get("evaluations", config.evaluations,
              "names; an evaluation's own options are prefixed (knn.nb_knn)");
  require(!config.output.empty() || options.help_requested(), "run needs --output RECORD.h5");
}

// Options of an evaluation carry its name; its data are the run's unless it says otherwise.
std::vector<Planned> plan_evaluations(const RunConfig& config, const std::string& data_path,
                                      Options& options) {
  std::vector<Planned> planned;
  for (const std::string& name : config.evaluations) {
    const EvaluationEntry& entry = Evaluations::find(name);
    const Options::Prefix scope(options, name + ".");
    std::string own_path = data_path;
    options.get("data_path", own_path, "data of this evaluation");
    planned.push_back({entry, entry.make(options, own_path)});
  }
  return planned;
}

// Only what training makes; whatever else lies there is not ours.
void forget_training(const fs::path& folder, Communicator& comm) {
  if (comm.rank() == 0 && fs::is_directory(folder)) {
    for (const char* name : {"checkpoint.pth", "log.txt", "run.h5"}) fs::remove(folder / name);
    remove_events(folder);
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("checkpoint") && name.ends_with(".pth")) fs::remove(entry.path());
    }
  }
  comm.barrier();
}

// Ranks cannot agree to go on after one of them failed, so that only a single process tries the
// evaluations that are left. Returns the first failure.
std::exception_ptr evaluate_all(const std::vector<Planned>& planned, const FrozenModel& model,
                                RunContext& context) {
  std::exception_ptr first;
  for (const Planned& next : planned) {
    const auto failure = run_evaluation(next.entry, *next.evaluation, model, context);
    print_metrics(next.entry.name, context.record.eval[next.entry.name], context.console);
    if (!failure) continue;
    if (!first) first = failure;
    if (context.comm.size() > 1) break;
    context.console.warn(
        fmt::format("evaluation {} failed: {}", next.entry.name, error_text(failure)));
  }
  return first;
}

std::exception_ptr train_and_evaluate(Trainer& trainer, const std::vector<Planned>& planned,
                                      RunContext& context) {
  try {
    const TrainResult trained = trainer.run(context);
    return evaluate_all(planned, {trained.backbone, trained.arch, trained.classifier}, context);
  } catch (const Error& error) {
    if (error.failure() == Failure::stopped) throw;  // not over: the same command goes on
    return std::current_exception();
  } catch (...) {
    return std::current_exception();
  }
}

int run(Options& options, Session& session) {
  RunSettings settings;
  RunConfig config;
  TrainConfig train;
  read_options(options, settings);
  read_options(options, config);
  train.output_dir = fs::path(config.output).replace_extension().string() + "_work";
  read_options(options, train);
  const std::string data_path = train.data_path;
  const std::vector<Planned> planned = plan_evaluations(config, data_path, options);
  train.data_path = (fs::path(data_path) / config.train_split).string();
  Trainer trainer(train, options);
  ready(options, session);
  require(!data_path.empty(), "run needs --data_path, a folder that holds {} and a split to judge",
          config.train_split);

  check_output(config.output);
  if (!config.overwrite && completed_record_at(config.output)) {
    session.console.line(config.output + " is complete: nothing to do (--overwrite runs it again)");
    return 0;
  }
  for (const Planned& next : planned) next.evaluation->check();
  if (config.overwrite) forget_training(train.output_dir, session.comm);

  RunRecord record;
  record.options = options.used();
  RunContext context = open_context(settings, session, record);
  record.attributes["experiment"] =
      config.experiment.empty() ? train.method + "_" + train.arch : config.experiment;
  record.attributes["method"] = train.method;
  record.attributes["backbone"] = train.arch;
  const std::exception_ptr failure = train_and_evaluate(trainer, planned, context);
  record.attributes["dataset"] = data_path;
  save_result(context, config.output, failure ? error_text(failure) : "");
  if (failure) std::rethrow_exception(failure);
  session.console.line("record: " + config.output);
  return 0;
}

[[maybe_unused]] const bool registered =
    Commands::add({"run", "run --config X.cfg --seed S --output R.h5 [--overwrite] ...",
                   "trains and evaluates one configuration into one record", run});

}  // namespace
}  // namespace dinobench::run_command
