// dinobench eval NAME: one evaluation of one network.
#include <algorithm>

#include "core/error.hpp"
#include "tools/evaluation_run.hpp"
#include "tools/frozen_model.hpp"
#include "tools/session.hpp"

namespace dinobench::evaluate {
namespace {

// The name may stand anywhere among words that will turn out to be values of options.
const EvaluationEntry& named_evaluation(const Options& options) {
  const std::vector<std::string> words = options.positional();
  const auto at = std::find_if(words.begin(), words.end(),
                               [](const auto& word) { return Evaluations::has(word); });
  if (at != words.end()) return Evaluations::find(*at);
  require(!words.empty(), "eval needs the name of an evaluation: {}",
          fmt::join(Evaluations::names(), ", "));
  return Evaluations::find(words[0]);
}

void check_words(const Options& options) {
  const std::vector<std::string> words = options.positional();
  require(words.size() == 1, "eval takes one evaluation; got {}", fmt::join(words, " "));
}

std::string experiment_name(const std::string& given, const std::string& output,
                            const EvaluationEntry& entry) {
  if (!given.empty()) return given;
  return output.empty() ? entry.name : std::filesystem::path(output).stem().string();
}

int run(Options& options, Session& session) {
  RunSettings settings;
  ModelConfig model_config;
  std::string data_path, output, experiment;
  read_options(options, settings);
  options.get("data_path", data_path, "folder of the data set");
  options.get("output", output, "HDF5 record; none: the metrics are only printed");
  options.get("experiment", experiment, "name in the record; none: --output's");
  if (options.help_requested() && options.positional().empty()) {
    session.console.line(
        fmt::format("NAME is one of: {}\n", fmt::join(Evaluations::names(), ", ")));
    read_options(options, model_config);
    ready(options, session);
  }
  const EvaluationEntry& entry = named_evaluation(options);
  const auto evaluation = entry.make(options, data_path);
  model_config.arch = entry.arch;
  model_config.patch_size = entry.patch_size;
  read_options(options, model_config);
  ready(options, session);
  check_words(options);

  RunRecord record;
  record.options = options.used();
  RunContext context = open_context(settings, session, record);
  record.attributes["experiment"] = experiment_name(experiment, output, entry);
  record.attributes["dataset"] = data_path;
  if (!output.empty()) check_output(output);
  evaluation->check();
  FrozenModel model{nullptr, model_config.arch, {}};
  if (evaluation->needs_model()) model = open_model(model_config, context);

  const std::exception_ptr failure = run_evaluation(entry, *evaluation, model, context);
  const EvaluationRecord& result = record.eval[entry.name];
  if (const auto at = result.attributes.find("dataset_fingerprint"); at != result.attributes.end())
    record.attributes["dataset_fingerprint"] = at->second;
  save_result(context, output, failure ? error_text(failure) : "");
  if (failure) std::rethrow_exception(failure);
  print_metrics(entry.name, result, session.console);
  if (!output.empty()) session.console.line("record: " + output);
  return 0;
}

[[maybe_unused]] const bool registered = Commands::add(
    {"eval", "eval NAME --data_path DIR [--pretrained_weights W.pth] [--output R.h5] ...",
     "judges a frozen network by one evaluation", run});

}  // namespace
}  // namespace dinobench::evaluate
