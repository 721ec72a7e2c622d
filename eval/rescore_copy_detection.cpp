// The block scores of copy detection once more, from the places of the positives.
#include <algorithm>
#include <cstdint>

#include "core/error.hpp"
#include "eval/rescore.hpp"
#include "eval/rescore_arrays.hpp"

namespace dinobench::rescore_copy_detection {
namespace {

struct Block {
  const std::vector<int64_t>&query, &rank, &pooled;
  int64_t queries;
};

Block block_of(const EvaluationRecord& record, const std::string& name) {
  const Block block{raw_values<int64_t>(record, name + "_positive_query"),
                    raw_values<int64_t>(record, name + "_positive_rank"),
                    raw_values<int64_t>(record, name + "_positive_pooled_rank"),
                    raw_shape(record, name + "_paths", 1)[0]};
  require(block.rank.size() == block.query.size() && block.pooled.size() == block.query.size(),
          "raw/{}_positive_*: {} queries, {} ranks and {} pooled ranks", name, block.query.size(),
          block.rank.size(), block.pooled.size());
  for (size_t i = 0; i < block.query.size(); ++i)
    require(block.query[i] >= 0 && block.query[i] < block.queries && block.rank[i] >= 0 &&
                block.pooled[i] >= block.rank[i],
            "raw/{}_positive_*: entry {} is query {} of {}, rank {}, pooled rank {}", name, i,
            block.query[i], block.queries, block.rank[i], block.pooled[i]);
  return block;
}

// Area under the precision-recall curve by trapezoids, of ranks below `depth`.
double trapezoids(std::vector<int64_t> ranks, int64_t depth) {
  std::sort(ranks.begin(), ranks.end());
  double area = 0, found = 0;
  for (const int64_t rank : ranks) {
    if (rank >= depth) break;
    const double left = rank == 0 ? 1 : found / static_cast<double>(rank);
    ++found;
    area += (left + found / static_cast<double>(rank + 1)) / 2;
  }
  return area / static_cast<double>(ranks.size());
}

void add(const std::string& name, const Block& block, std::map<std::string, double>& out) {
  if (block.query.empty()) return;
  double first = 0, full = 0, judged = 0;
  for (int64_t query = 0; query < block.queries; ++query) {
    std::vector<int64_t> ranks;
    for (size_t i = 0; i < block.query.size(); ++i)
      if (block.query[i] == query) ranks.push_back(block.rank[i]);
    if (ranks.empty()) continue;
    ++judged;
    first += trapezoids(ranks, 20);
    full += trapezoids(ranks, INT64_MAX);
  }
  std::vector<int64_t> pooled = block.pooled;
  std::sort(pooled.begin(), pooled.end());
  double micro = 0, found = 0;
  for (const int64_t place : pooled) micro += ++found / static_cast<double>(place + 1);
  out[name + "_mAP"] = 100 * first / judged;
  out[name + "_full_mAP"] = 100 * full / judged;
  out[name + "_uAP"] = 100 * micro / found;
}

std::map<std::string, double> recompute(const EvaluationRecord& record) {
  std::map<std::string, double> out;
  for (const std::string& name : raw_values<std::string>(record, "blocks"))
    add(name, block_of(record, name), out);
  return out;
}

[[maybe_unused]] const bool registered = Rescorers::add({"copy_detection", recompute});

}  // namespace
}  // namespace dinobench::rescore_copy_detection
