// Exact selection of the nearest neighbours on a GPU; the plain twin is the CPU's selection in
// eval/knn.
#pragma once

#include <cstdint>

namespace dinobench {

/// The k largest of each row of values [rows, columns] (device memory, float32, no NaN),
/// descending, equal values by lower column first. out_values and out_columns are [rows, k] in
/// device memory. 1 <= k <= min(columns, 1024). `stream` is a cudaStream_t. Returns the text of a
/// launch error, or nullptr.
const char* topk_rows_cuda(const float* values, int64_t rows, int64_t columns, int64_t k,
                           float* out_values, int64_t* out_columns, void* stream);

}  // namespace dinobench
