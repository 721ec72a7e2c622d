// Exact k nearest neighbours: blocked products, in float32 or coarser, propose; float64 sums
// decide.
#include "eval/neighbours.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "eval/coarse_products.hpp"
#include "eval/row_kernels.hpp"
#include "eval/shortlist.hpp"

namespace dinobench {

double rounding_bound(int64_t dimension) {
  return 1.1 * static_cast<double>(dimension + 2) * std::ldexp(1.0, -24);
}

namespace nearest_rows {
namespace {

constexpr int64_t kQueryBlock = 128, kBankBlock = 8192, kPiece = 512;

struct Search {
  const at::Tensor& queries;
  const at::Tensor& bank;
  Neighbours& out;

  int64_t dimension() const { return bank.size(1); }
  const float* query(int64_t q) const { return queries.const_data_ptr<float>() + q * dimension(); }
  std::vector<Shortlist> shortlists(int64_t first, int64_t count) const {
    std::vector<Shortlist> lists;
    for (int64_t q = first; q < first + count; ++q)
      lists.emplace_back(out.k, query(q), bank.const_data_ptr<float>(), dimension());
    return lists;
  }
  void finish(Shortlist& list, int64_t q) const {
    list.finish(out.index.data() + q * out.k, out.similarity.data() + q * out.k);
  }
};

// One query's products with consecutive rows.
void offer(Shortlist& list, const float* values, int64_t count, int64_t first_row, double error,
           float& threshold) {
  std::array<int32_t, kPiece> places;
  for (int64_t from = 0; from < count; from += kPiece) {
    const int64_t found = row_kernels::at_least(values + from, std::min(kPiece, count - from),
                                                threshold, places.data());
    for (int64_t i = 0; i < found; ++i) {
      const int64_t at = from + places[static_cast<size_t>(i)];
      if (list.offer(values[at], first_row + at))
        threshold = row_kernels::float_below(list.tighten(0, error) - error);
    }
  }
}

// Neighbours of `count` queries from row `first` on, by matrix products in float32.
void search_products(const Search& search, int64_t first, int64_t count) {
  const double error = rounding_bound(search.dimension());
  const at::Tensor block = search.queries.narrow(0, first, count);
  std::vector<Shortlist> lists = search.shortlists(first, count);
  std::vector<float> thresholds(lists.size(), -std::numeric_limits<float>::infinity());
  for (int64_t row = 0; row < search.bank.size(0); row += kBankBlock) {
    const int64_t rows = std::min(kBankBlock, search.bank.size(0) - row);
    const at::Tensor product = at::mm(block, search.bank.narrow(0, row, rows).t()).contiguous();
    const float* values = product.const_data_ptr<float>();
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t q = begin; q < end; ++q)
        offer(lists[static_cast<size_t>(q)], values + q * rows, rows, row, error,
              thresholds[static_cast<size_t>(q)]);
    });
  }
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t q = begin; q < end; ++q) {
      lists[static_cast<size_t>(q)].tighten(0, error);
      search.finish(lists[static_cast<size_t>(q)], first + q);
    }
  });
}

// The same by rounded products: about half the time where the processor has them.
void search_coarse(const Search& search, const std::vector<float>& centre, int64_t first,
                   int64_t count) {
  const int64_t dimension = search.dimension();
  CoarseProducts products(Coarse::bf16, search.query(first), count, dimension, centre);
  std::vector<Shortlist> lists = search.shortlists(first, count);
  const float* bank = search.bank.const_data_ptr<float>();
  const auto tighten = [&](int64_t q) {
    return lists[static_cast<size_t>(q)].tighten(products.offset(q), products.error(q));
  };
  for (int64_t row = 0; row < search.bank.size(0); row += CoarseProducts::kPanel) {
    products.load(bank + row * dimension,
                  std::min(CoarseProducts::kPanel, search.bank.size(0) - row));
    for (const CoarseProducts::Hit& hit : products.scan())
      if (lists[static_cast<size_t>(hit.query)].offer(hit.value, row + hit.row))
        products.keep_from(hit.query, tighten(hit.query));
  }
  for (int64_t q = 0; q < count; ++q) {
    tighten(q);
    search.finish(lists[static_cast<size_t>(q)], first + q);
  }
}

void search_all_coarse(const Search& search) {
  const int64_t queries = search.queries.size(0), threads = at::get_num_threads();
  const std::vector<float> centre = centre_of(search.bank);
  const int64_t block = std::min(CoarseProducts::block_of(Coarse::bf16, search.dimension()),
                                 (queries + threads - 1) / threads);
  const int64_t blocks = block > 0 ? (queries + block - 1) / block : 0;
  at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      search_coarse(search, centre, i * block, std::min(block, queries - i * block));
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
  require(bank.size(0) <= std::numeric_limits<int32_t>::max(), "a bank of {} features",
          bank.size(0));
  require(queries.size(1) == bank.size(1), "queries have {} dimensions and the bank has {}",
          queries.size(1), bank.size(1));
  const at::Tensor left = queries.contiguous(), right = bank.contiguous();
  Neighbours out{left.size(0), k, {}, {}};
  out.index.resize(static_cast<size_t>(out.queries * k));
  out.similarity.resize(static_cast<size_t>(out.queries * k));
  const nearest_rows::Search search{left, right, out};
  if (CoarseProducts::available()) {
    nearest_rows::search_all_coarse(search);
  } else {
    for (int64_t first = 0; first < out.queries; first += nearest_rows::kQueryBlock)
      nearest_rows::search_products(search, first,
                                    std::min(nearest_rows::kQueryBlock, out.queries - first));
  }
  return out;
}

}  // namespace dinobench
