// Records by files and folders.
#pragma once

#include <string>
#include <vector>

#include "tools/table_build.hpp"

namespace dinobench {

/// Files as they are; of a folder every *.h5 below it, sorted by path, but for HDF5 files that are
/// no records (feature dumps, views) and the *_work folders of `run`: a note names each. Input
/// Error for a path that is missing, a damaged record, and if there is no record at all.
std::vector<NamedRecord> load_records(const std::vector<std::string>& paths,
                                      std::vector<std::string>& notes);

}  // namespace dinobench
