// Average precision and precision of each query: retrieval and copy detection.
#include "eval/items.hpp"

namespace dinobench::items_rankings {
namespace {

// medium_mAP from medium_AP, medium_mP10 from medium_P10.
std::optional<ItemScores> retrieval(const EvaluationRecord& record, const std::string& metric) {
  const size_t mean = metric.find("_m");
  if (mean == std::string::npos) return {};
  return share_items(record, metric.substr(0, mean + 1) + metric.substr(mean + 2), "query_paths");
}

// strong_mAP from strong_AP, strong_full_mAP from strong_full_AP. Micro AP pools all queries.
std::optional<ItemScores> copies(const EvaluationRecord& record, const std::string& metric) {
  if (!metric.ends_with("_mAP")) return {};
  std::string block = metric.substr(0, metric.size() - 4);
  const std::string stored = block + "_AP";
  if (block.ends_with("_full")) block.resize(block.size() - 5);
  return share_items(record, stored, block + "_paths");
}

[[maybe_unused]] const bool registered =
    ItemScorers::add({"retrieval", retrieval}) && ItemScorers::add({"copy_detection", copies});

}  // namespace
}  // namespace dinobench::items_rankings
