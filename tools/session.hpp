// From options to a running context: what every command does before its own work.
#pragma once

#include <memory>

#include "comm/run_context.hpp"
#include "tools/command.hpp"

namespace dinobench {

/// Ends the reading of options: prints help and throws HelpShown on --help; unknown options are
/// Errors; warnings of ignored options go to the console.
void ready(Options& options, Session& session);
struct HelpShown {};

/// --seed --device --precision --comm --threads --num_workers --deterministic --timeout
/// --reference_math, read once; open() applies them (threads, generator-free) and makes a context
/// whose record already holds the provenance attributes of the contract.
struct RunSettings {
  int64_t seed = 0;
  std::string device = "auto", precision = "auto", transport = "auto";
  int64_t threads = 0, num_workers = 0;
  bool deterministic = false;
  bool reference_math = false, gpu_kernels = true;
  double timeout = 1800;
};
void read_options(Options& options, RunSettings& settings);
RunContext open_context(const RunSettings& settings, Session& session, RunRecord& record);

/// Fills seconds, peak_rss_bytes, peak_gpu_bytes, status = completed (or failed with the error's
/// text).
void close_record(RunRecord& record, const std::string& error = "");

}  // namespace dinobench
