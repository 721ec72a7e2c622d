// Diagnostics of a step, averaged over ranks.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace dinobench {

/// Replaces each value by its mean over ranks, with one sum for all; the same names on every rank.
inline void average_over_ranks(std::map<std::string, double>& series, Communicator& comm) {
  std::vector<double> values;
  for (const auto& [name, value] : series) values.push_back(value);
  comm.all_reduce_sum(std::span<double>(values));
  size_t at = 0;
  for (auto& [name, value] : series) value = values[at++] / comm.size();
}

}  // namespace dinobench
