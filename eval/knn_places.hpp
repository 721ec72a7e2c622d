// How far the right class is from winning the weighted vote of k-NN, query by query.
#pragma once

#include <cstdint>
#include <vector>

#include "core/run_record.hpp"

namespace dinobench {

/// For each query, how many classes stand before its label in the vote of its first k neighbours,
/// from raw/neighbours, similarities, labels and train_labels. 0: the answer is right. Input Error
/// if the arrays do not fit or hold fewer than k neighbours.
std::vector<int64_t> knn_places(const EvaluationRecord& record, int64_t k);

}  // namespace dinobench
