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
    : k_(static_cast<size_t>(k)), query_(query), bank_(bank), dimension_(dimension) {
  set_room();
}

void Shortlist::set_room() {
  const size_t room = std::max(4 * k_ + 64, 2 * kept_);
  values_.resize(room);
  rows_.resize(room);
}

// At most the k-th largest value, and that but for a few: by halving the range they lie in.
float Shortlist::about_kth() const {
  const auto end = values_.begin() + static_cast<std::ptrdiff_t>(kept_);
  const auto [least, most] = std::minmax_element(values_.begin(), end);
  float low = *least, high = *most;  // k values or more are at least `low`
  for (int step = 0; step < 16; ++step) {
    const float middle = low + (high - low) / 2;
    const auto above = static_cast<size_t>(
        row_kernels::count_at_least(values_.data(), static_cast<int64_t>(kept_), middle));
    if (above >= k_)
      low = middle;
    else
      high = middle;
    if (above >= k_ && above <= k_ + k_ / 64) break;
  }
  return low;
}

void Shortlist::drop(float least) {
  std::vector<int32_t> places(kept_);
  const auto left = static_cast<size_t>(
      row_kernels::at_least(values_.data(), static_cast<int64_t>(kept_), least, places.data()));
  for (size_t i = 0; i < left; ++i) {
    const auto from = static_cast<size_t>(places[i]);
    values_[i] = values_[from];
    rows_[i] = rows_[from];
  }
  kept_ = left;
}

double Shortlist::tighten(double offset, double error) {
  if (kept_ >= k_) least_ = std::max(least_, static_cast<double>(about_kth()) + offset - error);
  drop(row_kernels::float_below(least_ - offset - error));
  if (kept_ > std::max(kUndecided, 8 * k_)) settle();
  set_room();
  return least_;
}

void Shortlist::settle() {
  std::vector<const float*> rows;
  for (size_t i = 0; i < kept_; ++i) rows.push_back(bank_ + rows_[i] * dimension_);
  std::vector<float> similarity(rows.size());
  row_kernels::cosines(query_, rows.data(), static_cast<int64_t>(rows.size()), dimension_,
                       similarity.data());
  for (size_t i = 0; i < rows.size(); ++i) settled_.push_back({similarity[i], rows_[i]});
  kept_ = 0;
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
