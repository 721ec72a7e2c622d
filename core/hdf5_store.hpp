// RunRecord <-> HDF5 file.
#pragma once

#include <filesystem>

#include "core/run_record.hpp"

namespace dinobench {

/// Writes the record whole, under a temporary name that is then renamed: a reader sees the old file
/// or the new one.
void save_record(const RunRecord& record, const std::filesystem::path& path);

/// What save_record() would write to `path`, for a thread that must not call HDF5.
std::string record_bytes(const RunRecord& record, const std::filesystem::path& path);

/// Throws an input Error if the file is missing, damaged, not a record, or of a newer schema.
RunRecord load_record(const std::filesystem::path& path);

}  // namespace dinobench
