// A stratified draw: the images of a class with the smallest numbers are held out.
#include "eval/linear_holdout.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.hpp"
#include "core/random.hpp"

namespace dinobench {

HeldOut hold_out(const Dataset& dataset, double fraction, uint64_t seed) {
  std::map<int64_t, std::vector<std::pair<uint32_t, size_t>>> classes;  // number drawn, index
  for (size_t i = 0; i < dataset.samples.size(); ++i)
    classes[dataset.samples[i].label].emplace_back(Rng(seed, "linear holdout", {i}).bits(), i);
  std::vector<char> is_held(dataset.samples.size(), 0);
  for (auto& [label, drawn] : classes) {
    const auto count = static_cast<int64_t>(drawn.size());
    if (count < 2) continue;
    const auto wanted = static_cast<int64_t>(std::llround(fraction * static_cast<double>(count)));
    std::sort(drawn.begin(), drawn.end());
    for (int64_t i = 0; i < std::clamp<int64_t>(wanted, 1, count - 1); ++i)
      is_held[drawn[static_cast<size_t>(i)].second] = 1;
  }
  HeldOut parts{dataset, dataset};
  parts.train.samples.clear();
  parts.held_out.samples.clear();
  for (size_t i = 0; i < dataset.samples.size(); ++i)
    (is_held[i] ? parts.held_out : parts.train).samples.push_back(dataset.samples[i]);
  require(parts.held_out.size() > 0, "{}: no class has two images, so that none can be held out",
          dataset.root.string());
  return parts;
}

}  // namespace dinobench
