// Running one evaluation so that its end, good or bad, is on record.
#pragma once

#include <exception>
#include <filesystem>
#include <string>

#include "eval/evaluation.hpp"

namespace dinobench {

/// Runs it and puts its record, with protocol, status and seconds, into context.record.eval. What
/// it throws is returned; the record then says status = failed and error.
std::exception_ptr run_evaluation(const EvaluationEntry& entry, Evaluation& evaluation,
                                  const FrozenModel& model, RunContext& context);

/// First line of what() of any exception.
std::string error_text(const std::exception_ptr& error);

/// One line a metric: "knn k20_top1  44.50 %  (37.50 to 51.50, n 200)".
void print_metrics(const std::string& name, const EvaluationRecord& record, Console& console);

/// Input Error if a file could not be made at `path` (its folder cannot be made, or it is one).
void check_output(const std::filesystem::path& path);

/// Rank 0 closes and saves the record. A failed one never replaces a completed one.
void save_result(RunContext& context, const std::filesystem::path& path, const std::string& error);

/// Whether a completed record lies at `path`; false if there is no file. A file that is no record
/// is an input Error.
bool completed_record_at(const std::filesystem::path& path);

}  // namespace dinobench
