// Evaluations: timed, caught, printed and saved.
#include "tools/evaluation_run.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/error.hpp"
#include "core/hdf5_store.hpp"
#include "tools/session.hpp"
#include "tools/table_build.hpp"

namespace dinobench {

namespace fs = std::filesystem;

std::string error_text(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    const std::string text = exception.what();
    return text.substr(0, text.find('\n'));
  } catch (...) {
    return "unknown exception";
  }
}

std::exception_ptr run_evaluation(const EvaluationEntry& entry, Evaluation& evaluation,
                                  const FrozenModel& model, RunContext& context) {
  const auto start = std::chrono::steady_clock::now();
  EvaluationRecord record;
  std::exception_ptr failure;
  try {
    record = evaluation.run(model, context);
    record.attributes.emplace("status", "completed");
  } catch (...) {
    failure = std::current_exception();
    record = {};
    record.attributes["status"] = "failed";
    record.attributes["error"] = error_text(failure);
  }
  record.attributes["protocol"] = entry.protocol;
  record.attributes["seconds"] =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  context.record.eval[entry.name] = std::move(record);
  return failure;
}

void print_metrics(const std::string& name, const EvaluationRecord& record, Console& console) {
  if (const auto reason = record.attributes.find("reason"); reason != record.attributes.end())
    console.line(
        fmt::format("{}: not applicable: {}", name, std::get<std::string>(reason->second)));
  std::vector<std::string> names;
  for (const auto& [metric, value] : record.metrics) names.push_back(metric);
  std::sort(names.begin(), names.end(), natural_less);
  for (const std::string& metric : names) {
    const Metric& value = record.metrics.at(metric);
    const std::string unit = value.unit == "percent" ? "%" : value.unit;
    std::string line = fmt::format("{} {:<12} {:8.2f} {}", name, metric, value.value, unit);
    if (std::isfinite(value.ci_low))
      line += fmt::format("  (95 %: {:.2f} to {:.2f}, n {})", value.ci_low, value.ci_high, value.n);
    console.line(line);
  }
}

void check_output(const fs::path& path) {
  require(!fs::is_directory(path), "--output {}: expected a file name, this is a folder",
          path.string());
  if (!path.has_parent_path()) return;
  std::error_code problem;
  fs::create_directories(path.parent_path(), problem);
  require(fs::is_directory(path.parent_path()), "--output {}: cannot make the folder {}: {}",
          path.string(), path.parent_path().string(), problem.message());
}

bool completed_record_at(const fs::path& path) {
  return fs::exists(path) && load_record(path).text("status") == "completed";
}

void save_result(RunContext& context, const fs::path& path, const std::string& error) {
  close_record(context.record, error);
  if (context.comm.rank() != 0 || path.empty()) return;
  bool keep = false;
  try {
    keep = !error.empty() && completed_record_at(path);
  } catch (const Error&) {
    keep = true;  // not ours: only a success may replace it
  }
  if (!keep) save_record(context.record, path);
}

}  // namespace dinobench
