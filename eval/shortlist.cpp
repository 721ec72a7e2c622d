// Approximations while they can tell rows apart, cosine() where they cannot.
#include "eval/shortlist.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "eval/row_kernels.hpp"

namespace dinobench {
namespace {

constexpr size_t kUndecided = 4096;  // candidates, or eight times k

}  // namespace

Shortlist::Shortlist(int64_t k, const float* query, const float* bank, int64_t dimension)
    : k_(static_cast<size_t>(k)),
      limit_(4 * k_ + 64),
      query_(query),
      bank_(bank),
      dimension_(dimension) {}

double Shortlist::tighten(double offset, double error) {
  if (kept_.size() >= k_) {
    const auto kth = kept_.begin() + static_cast<std::ptrdiff_t>(k_) - 1;
    std::nth_element(kept_.begin(), kth, kept_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.value > b.value; });
    least_ = std::max(least_, static_cast<double>(kth->value) + offset - error);
  }
  std::erase_if(kept_, [&](const Candidate& candidate) {
    return static_cast<double>(candidate.value) + offset + error < least_;
  });
  if (kept_.size() > std::max(kUndecided, 8 * k_)) settle();
  limit_ = std::max(4 * k_ + 64, 2 * kept_.size());
  return least_;
}

void Shortlist::settle() {
  std::sort(kept_.begin(), kept_.end(),
            [](const Candidate& a, const Candidate& b) { return a.row < b.row; });
  std::vector<const float*> rows;
  for (const Candidate& candidate : kept_) rows.push_back(bank_ + candidate.row * dimension_);
  std::vector<float> similarity(rows.size());
  row_kernels::cosines(query_, rows.data(), static_cast<int64_t>(rows.size()), dimension_,
                       similarity.data());
  for (size_t i = 0; i < rows.size(); ++i) settled_.push_back({similarity[i], kept_[i].row});
  kept_.clear();
  const auto end = settled_.begin() + static_cast<std::ptrdiff_t>(std::min(k_, settled_.size()));
  std::partial_sort(settled_.begin(), end, settled_.end(), [](const Scored& a, const Scored& b) {
    return a.similarity != b.similarity ? a.similarity > b.similarity : a.row < b.row;
  });
  settled_.erase(end, settled_.end());
  if (settled_.size() == k_)
    least_ = std::max(least_, static_cast<double>(settled_.back().similarity));
}

void Shortlist::finish(int64_t* index, float* similarity) {
  settle();
  require(settled_.size() == k_,
          "only {} of {} neighbours could be found: is every feature finite?", settled_.size(), k_);
  for (size_t i = 0; i < k_; ++i) {
    index[i] = settled_[i].row;
    similarity[i] = settled_[i].similarity;
  }
}

}  // namespace dinobench
