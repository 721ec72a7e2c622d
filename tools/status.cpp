// dinobench status: how runs stand.
#include <cmath>

#include "core/error.hpp"
#include "tools/run_state.hpp"
#include "tools/session.hpp"
#include "tools/table_format.hpp"

namespace dinobench::status_command {
namespace {

std::string number(double value, const char* digits) {
  return std::isnan(value) ? "-" : fmt::format(fmt::runtime(digits), value);
}

std::string duration(double seconds) {
  return std::isfinite(seconds) ? duration_text(std::max(0.0, seconds)) : "-";
}

std::string steps(const RunState& state) {
  if (state.step < 0) return "-";
  return state.total < 0 ? fmt::format("{}", state.step)
                         : fmt::format("{} of {}", state.step, state.total);
}

std::string entropy(const RunState& state) {
  if (std::isnan(state.teacher_entropy)) return "-";
  const std::string own = fmt::format("{:.3f}", state.teacher_entropy);
  return state.uniform_entropy > 0 ? fmt::format("{} of {:.3f}", own, state.uniform_entropy) : own;
}

std::vector<std::string> row(const RunState& state) {
  return {state.name,
          state.state,
          steps(state),
          number(state.loss, "{:.4f}"),
          entropy(state),
          number(state.images_per_second, "{:.1f}"),
          duration(state.seconds_left),
          duration(state.age)};
}

std::string remarks(const RunState& state) {
  std::string out;
  if (!state.reason.empty())
    out += fmt::format("{}: {}: {}\n", state.name, state.state, state.reason);
  if (!state.evaluations.empty())
    out += fmt::format("{}: evaluations: {}\n", state.name, fmt::join(state.evaluations, ", "));
  for (const std::string& warning : state.warnings)
    out += fmt::format("{}: warning: {}\n", state.name, warning);
  return out;
}

int run(Options& options, Session& session) {
  double patience = 0;
  options.get("dead_after", patience,
              "minutes without a save after which a run looks dead; 0: by its speed");
  ready(options, session);
  require(patience >= 0, "--dead_after {}: expected 0 or more minutes", patience);
  const std::vector<std::string> folders = options.positional();
  require(!folders.empty(), "status needs folders of runs: dinobench status DIR...");
  if (session.comm.rank() != 0) return 0;
  std::vector<std::vector<std::string>> rows{
      {"run", "state", "step", "loss", "teacher entropy", "img/s", "left", "last save"}};
  std::string below;
  const auto now = std::filesystem::file_time_type::clock::now();
  for (const std::string& folder : folders) {
    for (const RunFolder& found : find_runs(folder)) {
      const RunState state = read_run_state(found, now, 60 * patience);
      rows.push_back(row(state));
      below += remarks(state);
    }
  }
  std::string text = markdown_table(std::move(rows), 2);
  if (!below.empty()) text += "\n" + below;
  text.pop_back();  // line() ends it
  session.console.line(text);
  return 0;
}

[[maybe_unused]] const bool registered =
    Commands::add({"status", "status DIR... [--dead_after MINUTES]",
                   "how runs stand: step, loss, entropy, speed, last save, warnings", run});

}  // namespace
}  // namespace dinobench::status_command
