// Average precision of a block of altered copies: by the first places, by all, and of all queries
// together.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "comm/run_context.hpp"

namespace dinobench {

/// Places of the positives of one block. Pair (query, positive) i of the block, by query, then
/// original.
struct CopyRanks {
  int64_t queries = 0;
  std::vector<int64_t> query, original;  // rows of the block and of the database
  std::vector<float> similarity;         // cosine
  std::vector<int64_t> rank;  // from 0 among the whole database, ties by lower database index
  /// [pairs][queries] how many (query, database image) pairs of each query stand before the pair
  /// when the pairs of all queries are ranked together: descending cosine, then query, then
  /// database index.
  std::vector<std::vector<int64_t>> before;
  int64_t pooled_rank(size_t pair) const;  ///< from 0: the sum over the queries
};

/// queries [Q, D] and every part of the database [n, D] (one part after the other; positives are in
/// the first): float32 unit rows on the host. Every rank calls it.
CopyRanks rank_copies(const at::Tensor& queries, const std::vector<at::Tensor>& database,
                      const std::vector<std::vector<int64_t>>& positives, const std::string& title,
                      RunContext& context);

/// Metrics <block>_mAP (trapezoid rule over the positives among the first 20, as in the reference),
/// <block>_full_mAP (over the whole ranking) and <block>_uAP (micro average precision: all pairs in
/// one ranking, mean over the positives of the precision at each), with their raw answers. Queries
/// without a positive are left out and counted.
void fill_record(const std::string& block, const CopyRanks& ranks, uint64_t seed,
                 EvaluationRecord& record);

}  // namespace dinobench
