// Exact k nearest neighbours: a blocked float32 product proposes, float64 sums decide.
#include "eval/neighbours.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "core/error.hpp"

namespace dinobench {
namespace nearest_rows {
namespace {

constexpr int64_t kQueryBlock = 128, kBankBlock = 8192;

struct Candidate {
  float approximate;
  int64_t row;
};

// Candidates of one query: everything that may still be among its k nearest.
class Shortlist {
 public:
  Shortlist(int64_t k, float margin) : k_(static_cast<size_t>(k)), margin_(margin) {}

  void offer(const float* similarities, int64_t count, int64_t first_row) {
    for (int64_t i = 0; i < count; ++i) {
      if (!(similarities[i] >= threshold_)) continue;
      kept_.push_back({similarities[i], first_row + i});
      if (kept_.size() >= limit_) tighten();
    }
  }

  const std::vector<Candidate>& finish() {
    tighten();
    return kept_;
  }

 private:
  void tighten() {
    if (kept_.size() < k_) return;
    const auto kth = kept_.begin() + static_cast<std::ptrdiff_t>(k_) - 1;
    std::nth_element(kept_.begin(), kth, kept_.end(), [](const Candidate& a, const Candidate& b) {
      return a.approximate > b.approximate;
    });
    threshold_ = kth->approximate - margin_;
    std::erase_if(kept_, [this](const Candidate& c) { return c.approximate < threshold_; });
    limit_ = std::max(limit_, 2 * kept_.size());
  }

  size_t k_;
  float margin_, threshold_ = -std::numeric_limits<float>::infinity();
  size_t limit_ = 4 * k_ + 64;
  std::vector<Candidate> kept_;
};

// A float32 dot product of unit rows is off by at most about dimension * 2^-24, however it is
// summed, and rounding its exact value to float32 by 2^-24 more. Twice that, for a row and the k-th
// row together, and a tenth to spare.
float candidate_margin(int64_t dimension) {
  return static_cast<float>(2.2 * static_cast<double>(dimension + 2) * std::ldexp(1.0, -24));
}

struct Scored {
  float similarity;
  int64_t row;
};

void decide(const std::vector<Candidate>& candidates, const float* query, const float* bank,
            int64_t dimension, int64_t k, int64_t* index, float* similarity) {
  std::vector<Scored> scored;
  scored.reserve(candidates.size());
  for (const Candidate& candidate : candidates)
    scored.push_back({cosine(query, bank + candidate.row * dimension, dimension), candidate.row});
  const auto end = scored.begin() + k;
  std::partial_sort(scored.begin(), end, scored.end(), [](const Scored& a, const Scored& b) {
    return a.similarity != b.similarity ? a.similarity > b.similarity : a.row < b.row;
  });
  for (int64_t i = 0; i < k; ++i) {
    index[i] = scored[static_cast<size_t>(i)].row;
    similarity[i] = scored[static_cast<size_t>(i)].similarity;
  }
}

// Neighbours of `count` queries from row `first` on.
void search_block(const at::Tensor& queries, const at::Tensor& bank, int64_t first, int64_t count,
                  Neighbours& out) {
  const int64_t dimension = bank.size(1), k = out.k;
  const at::Tensor block = queries.narrow(0, first, count);
  std::vector<Shortlist> lists(static_cast<size_t>(count), {k, candidate_margin(dimension)});
  for (int64_t row = 0; row < bank.size(0); row += kBankBlock) {
    const int64_t rows = std::min(kBankBlock, bank.size(0) - row);
    const at::Tensor product = at::mm(block, bank.narrow(0, row, rows).t()).contiguous();
    const float* values = product.const_data_ptr<float>();
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t q = begin; q < end; ++q)
        lists[static_cast<size_t>(q)].offer(values + q * rows, rows, row);
    });
  }
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t q = begin; q < end; ++q)
      decide(lists[static_cast<size_t>(q)].finish(),
             queries.const_data_ptr<float>() + (first + q) * dimension,
             bank.const_data_ptr<float>(), dimension, k, out.index.data() + (first + q) * k,
             out.similarity.data() + (first + q) * k);
  });
}

}  // namespace
}  // namespace nearest_rows

float cosine(const float* a, const float* b, int64_t dimension) {
  constexpr int64_t lanes = 8;
  std::array<double, lanes> sums{};
  const int64_t whole = dimension - dimension % lanes;
  for (int64_t i = 0; i < whole; i += lanes)
    for (int64_t lane = 0; lane < lanes; ++lane)
      sums[static_cast<size_t>(lane)] +=
          static_cast<double>(a[i + lane]) * static_cast<double>(b[i + lane]);
  for (int64_t i = whole; i < dimension; ++i)
    sums[0] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  double sum = 0;
  for (const double part : sums) sum += part;
  return static_cast<float>(sum);
}

at::Tensor unit_rows(const at::Tensor& features) {
  const at::Tensor source = features.contiguous();
  at::Tensor out = at::empty(source.sizes(), source.options());
  const int64_t dimension = source.size(1);
  for (int64_t row = 0; row < source.size(0); ++row) {
    const float* from = source.const_data_ptr<float>() + row * dimension;
    float* to = out.mutable_data_ptr<float>() + row * dimension;
    double squares = 0;
    for (int64_t i = 0; i < dimension; ++i)
      squares += static_cast<double>(from[i]) * static_cast<double>(from[i]);
    require(std::isfinite(squares), "the feature of row {} is not finite", row);
    const double norm = std::max(std::sqrt(squares), 1e-12);
    for (int64_t i = 0; i < dimension; ++i) to[i] = static_cast<float>(from[i] / norm);
  }
  return out;
}

Neighbours nearest(const at::Tensor& queries, const at::Tensor& bank, int64_t k) {
  require(k >= 1 && k <= bank.size(0), "k = {} but the bank holds {} features", k, bank.size(0));
  require(queries.size(1) == bank.size(1), "queries have {} dimensions and the bank has {}",
          queries.size(1), bank.size(1));
  const at::Tensor left = queries.contiguous(), right = bank.contiguous();
  Neighbours out{left.size(0), k, {}, {}};
  out.index.resize(static_cast<size_t>(out.queries * k));
  out.similarity.resize(static_cast<size_t>(out.queries * k));
  for (int64_t first = 0; first < out.queries; first += nearest_rows::kQueryBlock)
    nearest_rows::search_block(left, right, first,
                               std::min(nearest_rows::kQueryBlock, out.queries - first), out);
  return out;
}

}  // namespace dinobench
