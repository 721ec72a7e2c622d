// Logits in blocks of rows, so that memory does not grow with the images.
#include "eval/linear_judge.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

namespace dinobench {
namespace linear_judge {
namespace {

constexpr int64_t kBlockLogits = int64_t{1} << 22;  // at most this many at once, but for one row

}  // namespace
}  // namespace linear_judge

std::vector<int64_t> Judgement::hits() const {
  std::vector<int64_t> out;
  for (const RankedClasses& one : ranked) out.push_back(one.top1);
  return out;
}

std::vector<int64_t> Judgement::predictions(int64_t probe, const FeatureBank& bank) const {
  const RankedClasses& one = ranked[static_cast<size_t>(probe)];
  return one.kept > 0 ? one.first() : std::vector<int64_t>(bank.labels.size(), -1);
}

Judgement judge(const ProbeGrid& grid, const FeatureBank& bank) {
  const at::NoGradGuard no_grad;
  const int64_t probes = grid.size(), n = bank.features.size(0);
  Judgement out{std::vector<RankedClasses>(grid.rates.size()),
                std::vector<double>(grid.rates.size(), 0.0)};
  std::vector<char> finite;
  for (int64_t p = 0; p < probes; ++p) finite.push_back(grid.finite(p));
  const int64_t block = std::max<int64_t>(1, linear_judge::kBlockLogits / grid.bias.numel());
  for (int64_t first = 0; first < n; first += block) {
    const int64_t rows = std::min(block, n - first);
    const at::Tensor logits =
        grid.logits(bank.features.slice(0, first, first + rows).to(grid.weight));
    const std::span<const int64_t> labels(bank.labels.data() + first, static_cast<size_t>(rows));
    const at::Tensor targets =
        at::tensor(std::vector<int64_t>(labels.begin(), labels.end())).to(grid.weight.device());
    for (int64_t p = 0; p < probes; ++p) {
      const auto at = static_cast<size_t>(p);
      if (finite[at] == 0) continue;
      out.ranked[at].add(logits.select(1, p), labels);
      out.loss[at] += at::cross_entropy_loss(logits.select(1, p), targets, {}, at::Reduction::Sum)
                          .item<double>();
    }
  }
  for (size_t p = 0; p < finite.size(); ++p)
    out.loss[p] = finite[p] != 0 ? out.loss[p] / static_cast<double>(n)
                                 : std::numeric_limits<double>::quiet_NaN();
  return out;
}

}  // namespace dinobench
