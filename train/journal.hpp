// The per-step series of a run and the files made from them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "core/run_record.hpp"

namespace dinobench {

/// Appends one value to each series named. values["step"] is the step's number: a series that
/// begins late, or lost entries, is filled up with NaN first, so that entry n is always step n.
void append_step(RunRecord& record, const std::map<std::string, double>& values);

/// A value that was not measured at this step (NaN) is the one of the step before.
void hold_last(const RunRecord& record, const std::string& name,
               std::map<std::string, double>& values);

/// Takes over the first `step` entries of every series of an earlier run.h5; later ones belong to
/// steps that are about to be repeated. Nothing happens if there is no such file.
void restore_series(RunRecord& record, const std::filesystem::path& run_file, int64_t step);

/// log.txt: a JSON object a line for each complete epoch, with the means over its steps
/// (train_loss, train_lr, train_wd, epoch). Made from the series alone, so that it is the same
/// after a resume.
std::string epoch_log(const RunRecord& record, int64_t steps_per_epoch);

}  // namespace dinobench
