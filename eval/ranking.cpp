// Counting: every bank row falls between two marks of a query; sums over the gaps are the places.
#include "eval/ranking.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/error.hpp"
#include "eval/neighbours.hpp"

namespace dinobench {
namespace ranking {
namespace {

constexpr int64_t kQueryBlock = 128, kBankBlock = 8192;

// How far a float32 product of unit rows may be from cosine(): see neighbours.cpp.
float rounding_bound(int64_t dimension) {
  return static_cast<float>(1.1 * static_cast<double>(dimension + 2) * std::ldexp(1.0, -24));
}

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
  void add(float approximate, float bound, int64_t item, const Exact& exact) {
    const float high = approximate + bound, low = approximate - bound;
    if (sorted_.empty() || high < sorted_.back().similarity) return;
    auto at = std::partition_point(sorted_.begin(), sorted_.end(),
                                   [&](const Mark& mark) { return mark.similarity > high; });
    if (at->similarity >= low) {
      const float similarity = exact();
      at = std::partition_point(sorted_.begin(), sorted_.end(), [&](const Mark& mark) {
        return !stands_before(mark, similarity, item);
      });
      if (at == sorted_.end()) return;
    }
    ++counts_[static_cast<size_t>(at - sorted_.begin())];
  }

  std::vector<int64_t>& counts() { return counts_; }

  // For each mark, in the order they were given, the rows before it.
  std::vector<int64_t> before() const {
    std::vector<int64_t> out(counts_.size());
    int64_t sum = 0;
    for (size_t i = 0; i < counts_.size(); ++i) out[order_[i]] = sum += counts_[i];
    return out;
  }

 private:
  std::vector<size_t> order_;
  std::vector<Mark> sorted_;
  std::vector<int64_t> counts_;
};

// Rows [first, first + count) of the bank against all queries.
void add_rows(const at::Tensor& queries, const at::Tensor& bank, int64_t first, int64_t count,
              int64_t first_item, std::vector<Gaps>& gaps) {
  const int64_t dimension = bank.size(1);
  const float bound = rounding_bound(dimension);
  const float* rows = bank.const_data_ptr<float>();
  for (int64_t query = 0; query < queries.size(0); query += kQueryBlock) {
    const int64_t block = std::min(kQueryBlock, queries.size(0) - query);
    const at::Tensor product =
        at::mm(queries.narrow(0, query, block), bank.narrow(0, first, count).t()).contiguous();
    const float* values = product.const_data_ptr<float>();
    at::parallel_for(0, block, 1, [&](int64_t begin, int64_t end) {
      for (int64_t q = begin; q < end; ++q) {
        const float* own = queries.const_data_ptr<float>() + (query + q) * dimension;
        for (int64_t row = 0; row < count; ++row)
          gaps[static_cast<size_t>(query + q)].add(
              values[q * count + row], bound, first_item + first + row,
              [&] { return cosine(own, rows + (first + row) * dimension, dimension); });
      }
    });
  }
}

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
  std::optional<ProgressLine> progress;
  if (end - begin > ranking::kBankBlock)  // one block is done in no time
    progress.emplace(context.console, title, end - begin, "rows");
  for (int64_t row = begin; row < end; row += ranking::kBankBlock) {
    const int64_t count = std::min(ranking::kBankBlock, end - row);
    ranking::add_rows(queries, bank, row, count, first_item, gaps);
    if (progress) progress->advance(count, count);
  }
  ranking::sum_over_ranks(gaps, context.comm);
  std::vector<std::vector<int64_t>> counts;
  for (const ranking::Gaps& query : gaps) counts.push_back(query.before());
  return counts;
}

}  // namespace dinobench
