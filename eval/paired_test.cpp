// Sign flips counted or drawn; Holm's steps.
#include "eval/paired_test.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.hpp"

namespace dinobench {
namespace paired_test {
namespace {

constexpr size_t kCounted = 16;      // differences whose 2^n patterns are all looked at
constexpr uint64_t kDrawn = 9'999;   // patterns drawn beyond that
constexpr double kRounding = 1e-12;  // of the sum of magnitudes: sums that are equal on paper

double counted(const std::vector<double>& values, double least) {
  const uint64_t patterns = uint64_t{1} << values.size();
  uint64_t extreme = 0;
  for (uint64_t pattern = 0; pattern < patterns; ++pattern) {
    double sum = 0;
    for (size_t i = 0; i < values.size(); ++i)
      sum += (pattern >> i & 1) != 0 ? -values[i] : values[i];
    extreme += std::abs(sum) >= least ? 1 : 0;
  }
  return static_cast<double>(extreme) / static_cast<double>(patterns);
}

double drawn(const std::vector<double>& values, double least, uint64_t seed) {
  uint64_t extreme = 1;  // the observed signs
  for (uint64_t pattern = 0; pattern < kDrawn; ++pattern) {
    Rng rng(seed, "sign flip", {pattern});
    double sum = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < values.size(); ++i, bits >>= 1) {
      if (i % 32 == 0) bits = rng.bits();
      sum += (bits & 1) != 0 ? -values[i] : values[i];
    }
    extreme += std::abs(sum) >= least ? 1 : 0;
  }
  return static_cast<double>(extreme) / static_cast<double>(kDrawn + 1);
}

}  // namespace
}  // namespace paired_test

double sign_flip_p(std::span<const double> differences, uint64_t seed) {
  std::vector<double> values;
  double sum = 0, magnitude = 0;
  for (const double difference : differences) {
    if (difference == 0) continue;
    values.push_back(difference);
    sum += difference;
    magnitude += std::abs(difference);
  }
  if (values.empty()) return 1;
  const double least = std::abs(sum) - paired_test::kRounding * magnitude;
  return values.size() <= paired_test::kCounted ? paired_test::counted(values, least)
                                                : paired_test::drawn(values, least, seed);
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    const double scaled = p_values[order[rank]] * static_cast<double>(order.size() - rank);
    largest = std::max(largest, std::min(1.0, scaled));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

}  // namespace dinobench
