// What this binary was built from: written by cmake/build_info.cmake at every build.
#pragma once

namespace dinobench {

struct BuildInfo {
  const char* git_commit;    // "unknown" outside a git checkout
  const char* git_dirty;     // "true", "false" or "unknown"
  const char* hdf5_version;  // of the library linked
};
extern const BuildInfo build_info;

}  // namespace dinobench
