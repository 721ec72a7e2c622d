// Easy, medium and hard protocols of revisited Oxford and Paris.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "comm/run_context.hpp"
#include "data/landmarks.hpp"

namespace dinobench {

/// Every image that the ground truth lists for a query, with its place in the ranking of the whole
/// database: all that the protocols need, whatever the size of the database.
struct ListedImages {
  std::vector<int64_t> query, image;  // indices of query and database rows
  std::vector<int64_t> relevance;     // 0 easy, 1 hard, 2 junk
  std::vector<int64_t> rank;          // from 0, junk included
  std::vector<float> similarity;      // cosine
};

/// Descending cosine(), ties by lower database index (the reference leaves them to chance). queries
/// and database: float32 unit rows on the host. Every rank calls it.
ListedImages rank_listed(const at::Tensor& queries, const at::Tensor& database,
                         const std::vector<LandmarkTruth>& truth, RunContext& context);

/// Scores of every query under one protocol, shares in [0, 1]; NaN for a query without a positive.
struct ProtocolScores {
  std::string protocol;  // easy, medium, hard
  std::vector<double> average_precision;
  std::array<std::vector<double>, 3> precision_at;  // 1, 5 and 10
};

/// easy: hard images are junk; medium: both are positives; hard: easy images are junk.
std::array<ProtocolScores, 3> score_protocols(const ListedImages& listed, int64_t queries);

/// Metrics <protocol>_mAP and _mP1, _mP5, _mP10 over the queries with a positive (none: no
/// metric), the per-query values, what was listed, and how many queries were left out.
void fill_record(const ListedImages& listed, const std::array<ProtocolScores, 3>& scores,
                 uint64_t seed, EvaluationRecord& record);

}  // namespace dinobench
