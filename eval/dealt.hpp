// Items dealt to the ranks in turn, where an item is not an image of a batch: a sequence, a query,
// a picture with its masks.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "comm/run_context.hpp"

namespace dinobench {

/// Rows of items 0..n-1 in item order, on every rank. Item i is worked on by rank i mod world, in
/// ascending order; work(i) may return any number of values and may not use collectives. Every rank
/// calls it. Shows a progress line called `title` that counts `unit`s.
std::vector<std::vector<double>> dealt(int64_t n,
                                       const std::function<std::vector<double>(int64_t)>& work,
                                       const std::string& title, const std::string& unit,
                                       RunContext& context);

}  // namespace dinobench
