// `dinobench train`: trains a method and leaves checkpoint.pth, log.txt and run.h5.
#include "core/error.hpp"
#include "core/hdf5_store.hpp"
#include "tools/session.hpp"
#include "train/trainer.hpp"

namespace dinobench {
namespace train_command {
namespace {

void save(const RunContext& context, const std::filesystem::path& file) {
  if (context.comm.rank() == 0) save_record(context.record, file);
}

/// A failure is stored as a failure; the checkpoints stay as they are.
void save_failure(RunContext& context, const std::filesystem::path& file,
                  const std::string& message) {
  close_record(context.record, message);
  if (context.comm.rank() == 0) std::filesystem::create_directories(file.parent_path());
  save(context, file);
}

int run(Options& options, Session& session) {
  RunSettings settings;
  TrainConfig config;
  read_options(options, settings);
  read_options(options, config);
  Trainer trainer(config, options);
  ready(options, session);
  RunRecord record;
  RunContext context = open_context(settings, session, record);
  const auto file = std::filesystem::path(config.output_dir) / "run.h5";
  try {
    if (trainer.run(context).already_finished) {
      session.console.line(
          fmt::format("{} holds this run, finished; nothing to do", config.output_dir));
      return 0;
    }
  } catch (const Error& error) {
    // Bad input costs no earlier result; a run that broke says so in its record.
    if (error.failure() == Failure::run) {
      save_failure(context, file, error.what());
    }
    throw;
  }
  close_record(record);
  save(context, file);
  return 0;
}

[[maybe_unused]] const bool registered =
    Commands::add({.name = "train",
                   .usage = "train --data_path DIR --output_dir DIR [--method M] [--arch A] ...",
                   .summary = "trains a method; resumes by itself",
                   .run = run});

}  // namespace
}  // namespace train_command
}  // namespace dinobench
