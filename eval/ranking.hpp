// Places in a ranking of the whole bank, counted without ranking it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "comm/run_context.hpp"

namespace dinobench {

/// A place in the ranking of a query: behind every row of a higher cosine(), and behind those of
/// the same cosine whose index is lower than `item`.
struct Mark {
  float similarity = 0;
  int64_t item = 0;
};

/// The mark of a bank row: as many rows stand before it as before the row itself, so that the count
/// is its rank from 0 (descending cosine(), ties by lower index).
Mark mark_of(const at::Tensor& queries, int64_t query, const at::Tensor& bank, int64_t row);

/// counts[q][m]: how many rows of the bank stand before marks[q][m] in the ranking of query q. The
/// rows are items first_item, first_item + 1 ... : a bank may come in parts whose counts add up.
/// queries [Q, D] and bank [N, D]: float32 unit rows on the host. Exact: rounded products
/// tell all rows apart but those that their error could misplace, cosine() decides on them.
/// Memory beside the arguments: some MB. The bank is shared out over the ranks; every rank calls it
/// with the same arguments and gets all counts.
std::vector<std::vector<int64_t>> count_before(const at::Tensor& queries, const at::Tensor& bank,
                                               const std::vector<std::vector<Mark>>& marks,
                                               int64_t first_item, const std::string& title,
                                               RunContext& context);

}  // namespace dinobench
