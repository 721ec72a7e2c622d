// Counting: every bank row falls between two marks of a query; sums over the gaps are the places.
#include "eval/ranking.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "core/error.hpp"
#include "eval/coarse_products.hpp"
#include "eval/neighbours.hpp"
#include "eval/row_kernels.hpp"

namespace dinobench {
namespace ranking {
namespace {

constexpr int64_t kQueryBlock = 128, kBankBlock = 8192;

bool stands_before(const Mark& mark, float similarity, int64_t item) {
  return similarity > mark.similarity || (similarity == mark.similarity && item < mark.item);
}

// The marks of one query, best first, and how many rows fell right before each.
class Gaps {
 public:
  explicit Gaps(const std::vector<Mark>& marks) : order_(marks.size()), counts_(marks.size(), 0) {
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::sort(order_.begin(), order_.end(), [&](size_t a, size_t b) {
      return stands_before(marks[b], marks[a].similarity, marks[a].item);
    });
    for (const size_t i : order_) sorted_.push_back(marks[i]);
  }

  // `exact` gives a row's cosine; it is asked for where the bound leaves a doubt.
  template <class Exact>
  void add(double approximate, double bound, int64_t item, const Exact& exact) {
    const double high = approximate + bound, low = approximate - bound;
    if (high < least()) return;
    auto at = std::partition_point(sorted_.begin(), sorted_.end(),
                                   [&](const Mark& mark) { return as_double(mark) > high; });
    if (as_double(*at) >= low) {
      const float similarity = exact();
      at = std::partition_point(sorted_.begin(), sorted_.end(), [&](const Mark& mark) {
        return !stands_before(mark, similarity, item);
      });
      if (at == sorted_.end()) return;
    }
    ++counts_[static_cast<size_t>(at - sorted_.begin())];
  }

  std::vector<int64_t>& counts() { return counts_; }

  // Rows of a lower cosine stand behind all marks.
  double least() const {
    return sorted_.empty() ? std::numeric_limits<double>::infinity() : as_double(sorted_.back());
  }

  // For each mark, in the order they were given, the rows before it.
  std::vector<int64_t> before() const {
    std::vector<int64_t> out(counts_.size());
    int64_t sum = 0;
    for (size_t i = 0; i < counts_.size(); ++i) out[order_[i]] = sum += counts_[i];
    return out;
  }

 private:
  static double as_double(const Mark& mark) { return static_cast<double>(mark.similarity); }

  std::vector<size_t> order_;
  std::vector<Mark> sorted_;
  std::vector<int64_t> counts_;
};

// Counts the rows of a bank into the gaps of all queries, block by block.
class Counting {
 public:
  Counting(const at::Tensor& queries, const at::Tensor& bank, int64_t first_item,
           std::vector<Gaps>& gaps)
      : queries_(queries), bank_(bank), first_item_(first_item), gaps_(gaps) {
    next_pass();
  }

  // Rows [first, first + count).
  void add(int64_t first, int64_t count) {
    if (coarse_.empty()) return add_products(first, count);
    if (add_coarse(first, count) * kWorthwhile > count * queries_.size(0)) next_pass();
  }

 private:
  // A coarse pass pays while few of its rows reach a mark.
  static constexpr int64_t kWorthwhile = 32;

  const float* row(int64_t at) const { return bank_.const_data_ptr<float>() + at * bank_.size(1); }

  auto exactly(int64_t query, int64_t at) const {
    return [this, query, at] {
      const int64_t dimension = bank_.size(1);
      const float* bank_row = row(at);
      float similarity = 0;
      row_kernels::cosines(queries_.const_data_ptr<float>() + query * dimension, &bank_row, 1,
                           dimension, &similarity);
      return similarity;
    };
  }

  // The coarsest pass that was not tried yet; none: float32.
  void next_pass() {
    coarse_.clear();
    for (; untried_ < kPasses.size() && coarse_.empty(); ++untried_)
      if (CoarseProducts::available()) make_coarse(kPasses[untried_]);
  }

  void make_coarse(Coarse kind) {
    const int64_t dimension = bank_.size(1), all = queries_.size(0),
                  threads = at::get_num_threads();
    block_ = std::min(CoarseProducts::block_of(kind, dimension), (all + threads - 1) / threads);
    for (int64_t first = 0; first < all; first += block_) {
      coarse_.emplace_back(kind, queries_.const_data_ptr<float>() + first * dimension,
                           std::min(block_, all - first), dimension, centre_of(bank_));
      for (int64_t q = first; q < std::min(first + block_, all); ++q)
        coarse_.back().keep_from(q - first, gaps_[static_cast<size_t>(q)].least());
    }
  }

  // Returns how many pairs might reach a mark.
  int64_t add_coarse(int64_t first, int64_t count) {
    std::vector<int64_t> hits(coarse_.size(), 0);
    at::parallel_for(0, static_cast<int64_t>(coarse_.size()), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        hits[static_cast<size_t>(i)] =
            scan(coarse_[static_cast<size_t>(i)], i * block_, first, count);
    });
    return std::accumulate(hits.begin(), hits.end(), int64_t{0});
  }

  int64_t scan(CoarseProducts& products, int64_t query, int64_t first, int64_t count) {
    int64_t hits = 0;
    for (int64_t at = first; at < first + count; at += CoarseProducts::kPanel) {
      products.load(row(at), std::min(CoarseProducts::kPanel, first + count - at));
      const auto found = products.scan();
      for (const CoarseProducts::Hit& hit : found)
        gaps_[static_cast<size_t>(query + hit.query)].add(
            static_cast<double>(hit.value) + products.offset(hit.query), products.error(hit.query),
            first_item_ + at + hit.row, exactly(query + hit.query, at + hit.row));
      hits += static_cast<int64_t>(found.size());
    }
    return hits;
  }

  void add_products(int64_t first, int64_t count) {
    const double bound = rounding_bound(bank_.size(1));
    for (int64_t query = 0; query < queries_.size(0); query += kQueryBlock) {
      const int64_t block = std::min(kQueryBlock, queries_.size(0) - query);
      const at::Tensor product =
          at::mm(queries_.narrow(0, query, block), bank_.narrow(0, first, count).t()).contiguous();
      const float* values = product.const_data_ptr<float>();
      at::parallel_for(0, block, 1, [&](int64_t begin, int64_t end) {
        std::vector<int32_t> places(static_cast<size_t>(count));
        for (int64_t q = begin; q < end; ++q)
          add_row(query + q, values + q * count, count, first, bound, places);
      });
    }
  }

  // One query's products with rows [first, first + count).
  void add_row(int64_t query, const float* values, int64_t count, int64_t first, double bound,
               std::vector<int32_t>& places) {
    Gaps& gaps = gaps_[static_cast<size_t>(query)];
    const int64_t found = row_kernels::at_least(
        values, count, row_kernels::float_below(gaps.least() - bound), places.data());
    for (int64_t i = 0; i < found; ++i) {
      const int64_t at = places[static_cast<size_t>(i)];
      gaps.add(static_cast<double>(values[at]), bound, first_item_ + first + at,
               exactly(query, first + at));
    }
  }

  static constexpr std::array<Coarse, 2> kPasses{Coarse::int8, Coarse::bf16};

  const at::Tensor& queries_;
  const at::Tensor& bank_;
  int64_t first_item_;
  std::vector<Gaps>& gaps_;
  size_t untried_ = 0;
  int64_t block_ = 0;
  std::vector<CoarseProducts> coarse_;  // one for each block of queries
};

void sum_over_ranks(std::vector<Gaps>& gaps, Communicator& comm) {
  std::vector<int64_t> all;
  for (Gaps& query : gaps) all.insert(all.end(), query.counts().begin(), query.counts().end());
  comm.all_reduce_sum(std::span(all));
  auto at = all.begin();
  for (Gaps& query : gaps)
    for (int64_t& count : query.counts()) count = *at++;
}

}  // namespace
}  // namespace ranking

Mark mark_of(const at::Tensor& queries, int64_t query, const at::Tensor& bank, int64_t row) {
  const int64_t dimension = bank.size(1);
  return {cosine(queries.const_data_ptr<float>() + query * dimension,
                 bank.const_data_ptr<float>() + row * dimension, dimension),
          row};
}

std::vector<std::vector<int64_t>> count_before(const at::Tensor& queries, const at::Tensor& bank,
                                               const std::vector<std::vector<Mark>>& marks,
                                               int64_t first_item, const std::string& title,
                                               RunContext& context) {
  require(static_cast<int64_t>(marks.size()) == queries.size(0) && queries.size(1) == bank.size(1),
          "{} marked queries for {} of {} dimensions and a bank of {}", marks.size(),
          queries.size(0), queries.size(1), bank.size(1));
  std::vector<ranking::Gaps> gaps(marks.begin(), marks.end());
  const int64_t total = bank.size(0), world = context.comm.size(), rank = context.comm.rank();
  const int64_t begin = total * rank / world, end = total * (rank + 1) / world;
  ranking::Counting counting(queries, bank, first_item, gaps);
  std::optional<ProgressLine> progress;
  if (end - begin > ranking::kBankBlock)  // one block is done in no time
    progress.emplace(context.console, title, end - begin, "rows");
  for (int64_t row = begin; row < end; row += ranking::kBankBlock) {
    const int64_t count = std::min(ranking::kBankBlock, end - row);
    counting.add(row, count);
    if (progress) progress->advance(count, count);
  }
  ranking::sum_over_ranks(gaps, context.comm);
  std::vector<std::vector<int64_t>> counts;
  for (const ranking::Gaps& query : gaps) counts.push_back(query.before());
  return counts;
}

}  // namespace dinobench
