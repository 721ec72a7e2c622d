// The first pass: its error bound holds and is no wider than it need be; row kernels to the bit.
#include "eval/coarse_products.hpp"

#include <cmath>

#include "core/form.hpp"
#include "eval/neighbours.hpp"
#include "eval/row_kernels.hpp"
#include "tests/backbones/portable_fill.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace coarse_products_test {

at::Tensor drawn(uint32_t stream, int64_t rows, int64_t dimension) {
  return portable::values(stream, {rows, dimension}, 1.0).to(at::kFloat);
}

struct Scan {
  double worst = 0;    // largest share of the bound that an error takes
  double largest = 0;  // bound
  int64_t pairs = 0, missed = 0;
};

// Scans the bank twice: for all pairs, and for those of a cosine of `least` or more.
Scan scan(Coarse kind, const at::Tensor& queries, const at::Tensor& bank, double least) {
  const int64_t dimension = bank.size(1);
  const auto row = [&](const at::Tensor& t, int64_t i) {
    return t.const_data_ptr<float>() + i * dimension;
  };
  Scan out;
  for (const bool all : {true, false}) {
    CoarseProducts products(kind, row(queries, 0), queries.size(0), dimension, centre_of(bank));
    if (!all)
      for (int64_t q = 0; q < queries.size(0); ++q) products.keep_from(q, least);
    for (int64_t first = 0; first < bank.size(0); first += CoarseProducts::kPanel) {
      const int64_t count = std::min(CoarseProducts::kPanel, bank.size(0) - first);
      products.load(row(bank, first), count);
      std::vector<int> seen(static_cast<size_t>(queries.size(0) * count), 0);
      for (const auto& hit : products.scan()) {
        ++seen[static_cast<size_t>(hit.query * count + hit.row)];
        const double exact = cosine(row(queries, hit.query), row(bank, first + hit.row), dimension);
        const double bound = products.error(hit.query);
        const double off =
            std::abs(static_cast<double>(hit.value) + products.offset(hit.query) - exact);
        out.worst = std::max(out.worst, off / bound);
        out.largest = std::max(out.largest, bound);
        out.pairs += all;
      }
      for (int64_t q = 0; q < queries.size(0); ++q)
        for (int64_t r = 0; r < count; ++r) {
          const int times = seen[static_cast<size_t>(q * count + r)];
          const bool due = all || cosine(row(queries, q), row(bank, first + r), dimension) >= least;
          out.missed += due ? times != 1 : times > 1;
        }
    }
  }
  return out;
}

std::vector<Coarse> kinds() {
  std::vector<Coarse> out;
  for (const Coarse kind : {Coarse::bf16, Coarse::int8})
    if (CoarseProducts::available()) out.push_back(kind);
  if (out.empty()) WARN("skipped: this processor has no products of bfloat16");
  return out;
}

void require_bound(const at::Tensor& queries, const at::Tensor& bank, double least, double bf16,
                   double int8) {
  for (const Coarse kind : kinds()) {
    const Scan found = scan(kind, queries, bank, least);
    REQUIRE(found.pairs == queries.size(0) * bank.size(0));
    REQUIRE(found.missed == 0);
    REQUIRE(found.worst <= 1);
    REQUIRE(found.largest < (kind == Coarse::bf16 ? bf16 : int8));
  }
}

TEST_CASE("no coarse product is farther off than its bound", "[knn][ranking]") {
  for (const int64_t dimension : {1, 3, 16, 33, 64, 384, 1000})
    require_bound(unit_rows(drawn(1, 25, dimension)), unit_rows(drawn(2, 150, dimension)), 0.05,
                  0.008, 0.04);
}

TEST_CASE("rows that nearly coincide have a bound of their differences", "[knn][ranking]") {
  const at::Tensor bank = unit_rows(1e-3 * drawn(3, 300, 96) + 1.0);
  require_bound(bank.narrow(0, 0, 13), bank, 0.9999999, 6e-6, 6e-6);
  const at::Tensor same = unit_rows(drawn(4, 1, 96)).expand({70, 96}).contiguous();
  require_bound(same, same, 1, 3e-6, 3e-6);
}

TEST_CASE("values far apart, tiny or zero keep the bound", "[knn][ranking]") {
  at::Tensor bank = drawn(5, 200, 64);
  bank.select(1, 7) *= 300;
  bank.narrow(0, 30, 20) *= 1e-36;
  bank.narrow(0, 60, 3).fill_(0);
  require_bound(bank.narrow(0, 20, 50).contiguous() / 300, bank / 300, 0.2, 1, 1);
}

TEST_CASE("a query's least only rises", "[knn]") {
  if (kinds().empty()) return;
  const at::Tensor one = unit_rows(drawn(6, 1, 32));
  CoarseProducts products(Coarse::bf16, one.const_data_ptr<float>(), 1, 32, centre_of(one));
  products.load(one.const_data_ptr<float>(), 1);
  products.keep_from(0, 1.5);
  products.keep_from(0, 0.5);
  REQUIRE(products.scan().empty());
}

TEST_CASE("cosines and comparisons of rows have the same bits in every form", "[knn]") {
  for (const Form form : available_forms()) {
    const FormScope scope(form);
    for (const int64_t dimension : {1, 7, 8, 9, 40, 383, 384})
      for (const int64_t count : {1, 3, 4, 5, 12}) {
        const at::Tensor query = drawn(7, 1, dimension), rows = drawn(8, count, dimension);
        std::vector<const float*> at;
        for (int64_t i = 0; i < count; ++i)
          at.push_back(rows.const_data_ptr<float>() + i * dimension);
        std::vector<float> out(at.size());
        row_kernels::cosines(query.const_data_ptr<float>(), at.data(), count, dimension,
                             out.data());
        for (size_t i = 0; i < at.size(); ++i)
          REQUIRE(out[i] == cosine(query.const_data_ptr<float>(), at[i], dimension));
      }
    const at::Tensor values = drawn(9, 1, 101);
    const float* from = values.const_data_ptr<float>();
    for (const int64_t count : {0, 1, 15, 16, 17, 101}) {
      std::vector<int32_t> places(101), expected;
      for (int32_t i = 0; i < count; ++i)
        if (from[i] >= from[0]) expected.push_back(i);
      places.resize(
          static_cast<size_t>(row_kernels::at_least(from, count, from[0], places.data())));
      REQUIRE(places == expected);
      REQUIRE(row_kernels::count_at_least(from, count, from[0]) ==
              static_cast<int64_t>(expected.size()));
    }
  }
}

TEST_CASE("a bound is rounded downwards", "[knn]") {
  REQUIRE(row_kernels::float_below(1.0) == 1.0F);
  REQUIRE(row_kernels::float_below(0.1) < 0.1);
  REQUIRE(row_kernels::float_below(-0.1) < -0.1);
  REQUIRE(std::isinf(row_kernels::float_below(-INFINITY)));
}

}  // namespace coarse_products_test
}  // namespace dinobench
