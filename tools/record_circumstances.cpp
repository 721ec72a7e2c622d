// The names, in one place.
#include "tools/record_circumstances.hpp"

#include <set>

namespace dinobench {

bool is_timing_series(const std::string& name) { return name == "images_per_second"; }

bool is_measured_attribute(const std::string& name) {
  static const std::set<std::string> names{"seconds", "peak_rss_bytes", "peak_gpu_bytes",
                                           "started_utc"};
  return names.contains(name);
}

bool is_circumstance(const std::string& name) {
  static const std::set<std::string> names{
      "experiment",   "dataset",         "host",       "device",         "gpu",
      "comm",         "threads",         "world_size", "git_commit",     "git_dirty",
      "command_line", "features_sha256", "form",       "reference_math", "gpu_kernels"};
  return names.contains(name) || name.ends_with("_version") || is_measured_attribute(name);
}

bool is_circumstance_option(const std::string& name) {
  static const std::set<std::string> names{
      "output",      "output_dir", "data_path",    "config",         "experiment",    "quiet",
      "num_workers", "profile",    "overwrite",    "dump_features",  "load_features", "threads",
      "device",      "comm",       "saveckp_freq", "reference_math", "gpu_kernels",   "cuda_graph"};
  return names.contains(name.substr(name.rfind('.') + 1));
}

}  // namespace dinobench
