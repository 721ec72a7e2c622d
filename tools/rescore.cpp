// dinobench rescore: every metric once more from the raw answers.
#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/hdf5_store.hpp"
#include "tools/rescore_check.hpp"
#include "tools/session.hpp"
#include "tools/table_build.hpp"

namespace dinobench::rescore_command {
namespace {

constexpr int kDiffers = 1, kUnreadable = 2;

struct Counts {
  int64_t metrics = 0, problems = 0, unreadable = 0;
};

std::string number(double value) { return std::isnan(value) ? "-" : fmt::format("{:.6f}", value); }

void print_row(Console& console, const std::string& file, const RescoredMetric& row) {
  console.line(fmt::format("| {} | {:<10} | {:<16} | {:>12} | {:>12} | {:<14} |", file,
                           row.evaluation, row.metric, number(row.stored), number(row.recomputed),
                           row.problem.empty() ? "equal" : row.problem));
}

void check_file(const std::string& file, Console& console, Counts& counts) {
  std::vector<RescoredMetric> rows;
  try {
    rows = rescore(load_record(file));
  } catch (const Error& error) {
    const std::string message = error.what();
    console.warn(message.starts_with(file) ? message : file + ": " + message);
    ++counts.unreadable;
    return;
  }
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.evaluation != b.evaluation ? a.evaluation < b.evaluation
                                        : natural_less(a.metric, b.metric);
  });
  if (rows.empty()) console.line(fmt::format("{}: no completed evaluation in it", file));
  for (const RescoredMetric& row : rows) {
    print_row(console, file, row);
    ++counts.metrics;
    counts.problems += row.problem.empty() ? 0 : 1;
  }
}

int run(Options& options, Session& session) {
  ready(options, session);
  const std::vector<std::string> files = options.positional();
  require(!files.empty(), "rescore needs records: dinobench rescore FILES...");
  if (session.comm.rank() != 0) return 0;
  session.console.line(
      fmt::format("| record | {:<10} | {:<16} | {:>12} | {:>12} | {:<14} |\n"
                  "| --- | --- | --- | ---: | ---: | --- |",
                  "evaluation", "metric", "stored", "recomputed", ""));
  Counts counts;
  for (const std::string& file : files) check_file(file, session.console, counts);
  session.console.line(fmt::format("\n{} metrics of {} records: {} equal, {} not; {} unreadable",
                                   counts.metrics, files.size(), counts.metrics - counts.problems,
                                   counts.problems, counts.unreadable));
  if (counts.unreadable > 0) return kUnreadable;
  return counts.problems > 0 ? kDiffers : 0;
}

[[maybe_unused]] const bool registered = Commands::add(
    {"rescore", "rescore FILES...",
     "every metric recomputed from the raw answers of records and compared with what is stored",
     run});

}  // namespace
}  // namespace dinobench::rescore_command
