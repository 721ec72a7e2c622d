// What the two ways of label propagation share: which patches are in reach, and what sources give.
// Internal to eval/.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "eval/label_propagation.hpp"
#include "eval/neighbours.hpp"

namespace dinobench::label_sources {

struct Range {
  int64_t first = 0, end = 0;
  int64_t size() const { return end - first; }
};

/// Positions of an axis that a label of [first, end) can come from.
inline Range reach(Range range, int64_t radius, int64_t size) {
  if (radius == 0) return {0, size};
  return {std::max<int64_t>(0, range.first - radius), std::min(size, range.end + radius)};
}

inline double similarity(const float* a, const float* b, int64_t dimension) {
  return static_cast<double>(cosine(a, b, dimension));
}
inline double similarity(const double* a, const double* b, int64_t dimension) {
  double sum = 0;
  for (int64_t i = 0; i < dimension; ++i) sum += a[i] * b[i];
  return sum;
}

struct Source {
  size_t context;
  int64_t cell;
  double similarity;
};

/// Writes the labels [channels] of a patch from its sources, ordered by context and cell. Sources
/// less similar than the topk-th are left out.
inline void mix(const std::vector<Source>& sources, const std::vector<LabelledFrame>& contexts,
                const PropagationConfig& config, int64_t channels, double* out) {
  std::vector<double> ranked;
  for (const Source& source : sources) ranked.push_back(source.similarity);
  const size_t kept = std::min(ranked.size(), static_cast<size_t>(config.topk));
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(kept),
                    ranked.end(), std::greater<>());
  std::fill(out, out + channels, 0.0);
  double total = 0;
  for (const Source& source : sources) {
    if (source.similarity < ranked[kept - 1]) continue;
    const double weight = std::exp((source.similarity - ranked[0]) / config.temperature);
    const double* labels =
        contexts[source.context].labels.const_data_ptr<double>() + source.cell * channels;
    for (int64_t channel = 0; channel < channels; ++channel)
      out[channel] += weight * labels[channel];
    total += weight;
  }
  for (int64_t channel = 0; channel < channels; ++channel) out[channel] /= total;
}

}  // namespace dinobench::label_sources
