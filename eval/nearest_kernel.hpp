// Exact nearest neighbours on a GPU: launches of nearest_kernel.cu.
#pragma once

#include <cstdint>

#include "core/kernels.hpp"

namespace dinobench {

/// A query's list has room for so many candidates; k is at most half of it.
constexpr int64_t kShortlistRoom = 4096;

/// Device addresses. A list holds every row seen so far whose product is at least the k-th largest
/// product less `margin`, in no order; its threshold only rises.
struct ShortlistArguments {
  const float* products;  // [queries, columns] with rows first_row.. of the bank
  int64_t queries, columns, first_row;
  int64_t k;
  float margin;
  float* values;      // [queries, kShortlistRoom]
  int32_t* rows;      // [queries, kShortlistRoom]
  int32_t* counts;    // [queries] zero at first
  float* thresholds;  // [queries] -infinity at first
  uint8_t* overfull;  // [queries] zero at first; 1: the list had no room, the query is lost

  const float *query_rows, *bank;  // [queries, dimension], [rows, dimension]
  int64_t dimension;
  int64_t* index;     // [queries, k] out: by descending similarity, equal ones by lower row
  float* similarity;  // [queries, k] out: cosine() of eval/neighbours.hpp, bit for bit
};

LaunchProblem launch_shortlist(const ShortlistArguments& arguments, void* stream);
LaunchProblem launch_decision(const ShortlistArguments& arguments, void* stream);

}  // namespace dinobench
