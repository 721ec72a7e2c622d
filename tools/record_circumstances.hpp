// What a record holds of the machine and the moment, which no two runs share.
#pragma once

#include <string>

namespace dinobench {

/// Series of /train that are timings.
bool is_timing_series(const std::string& name);

/// Attributes that are timings or sizes of the process.
bool is_measured_attribute(const std::string& name);

/// Attributes that say where, when and with what a run was made, and which may explain a result but
/// are none: host, device, versions, paths, hashes of files.
bool is_circumstance(const std::string& name);

/// Options (an evaluation's prefix in front or not) that say where files lie and what is printed.
bool is_circumstance_option(const std::string& name);

}  // namespace dinobench
