// dinobench check: has accuracy moved since the baseline?
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "tools/gate_exact.hpp"
#include "tools/gate_report.hpp"
#include "tools/gate_statistics.hpp"
#include "tools/record_files.hpp"
#include "tools/session.hpp"

namespace dinobench::check_command {
namespace {

constexpr int kAlarm = 1;

struct CheckConfig {
  std::vector<std::string> baseline, fresh;
  double false_alarm_rate = 0.05, floor = 0, rtol = default_exact_rtol;
  bool exact = false;
  std::string json, junit;
};

void read_options(Options& options, CheckConfig& config) {
  options.get("baseline", config.baseline, "records to compare with: folders or files");
  options.get("new", config.fresh, "records to be judged: folders or files");
  options.get("false_alarm_rate", config.false_alarm_rate,
              "probability that a night without change alarms, over all metrics together");
  options.get("floor", config.floor,
              "smallest tolerance, in the metric's unit; 0: one answer of its n");
  options.get("exact", config.exact,
              "compare runs of the same seed place by place instead of means over seeds");
  options.get("rtol", config.rtol, "with --exact: relative difference that is rounding; 0: none");
  options.get("json", config.json, "file for the findings as JSON");
  options.get("junit", config.junit, "file for the findings as JUnit XML");
}

void write(const std::string& path, const std::string& text) {
  if (path.empty()) return;
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

GateReport judge(const CheckConfig& config) {
  GateReport report;
  const auto baseline = load_records(config.baseline, report.notes);
  const auto fresh = load_records(config.fresh, report.notes);
  const GateInput input = sort_records(baseline, fresh, report);
  if (config.exact)
    judge_exactly(input, config.rtol, report);
  else
    judge_means(input, config.false_alarm_rate, config.floor, report);
  require(!report.findings.empty(), "the baseline holds nothing to compare: no completed {}",
          config.exact ? "evaluation and no series" : "evaluation with metrics");
  return report;
}

int run(Options& options, Session& session) {
  CheckConfig config;
  read_options(options, config);
  ready(options, session);
  require(!config.baseline.empty() && !config.fresh.empty() && options.positional().empty(),
          "check needs records on both sides: dinobench check --baseline DIR --new DIR");
  if (session.comm.rank() != 0) return 0;
  const GateReport report = judge(config);
  write(config.json, gate_json(report));
  write(config.junit, gate_junit(report));
  std::string text = gate_table(report);
  text.pop_back();  // line() ends it
  session.console.line(text);
  return report.alarm() ? kAlarm : 0;
}

[[maybe_unused]] const bool registered = Commands::add(
    {"check", "check --baseline DIR_OR_FILES --new DIR_OR_FILES [--exact] [--json F] [--junit F]",
     "the accuracy gate: new records against a baseline; exit code 1 if one is worse", run});

}  // namespace
}  // namespace dinobench::check_command
