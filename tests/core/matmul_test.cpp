// multiply() against plain sums in float64, for every orientation and size of tile.
#include "core/matmul.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "core/form.hpp"
#include "core/random.hpp"

namespace dinobench::testing {
namespace {

std::vector<float> noise(int64_t count, uint64_t stream) {
  Rng rng(3, "matmul", {stream});
  std::vector<float> out(static_cast<size_t>(count));
  for (float& value : out) value = static_cast<float>(rng.uniform(-1, 1));
  return out;
}

bool skipped() {
  if (can_multiply()) return false;
  WARN("skipped: this processor has no AVX-512");
  return true;
}

/// The same matrix [rows, columns], stored by rows or by columns.
MatrixView view(const std::vector<float>& values, int64_t rows, int64_t columns, bool by_rows) {
  return by_rows ? MatrixView{values.data(), columns, 1} : MatrixView{values.data(), 1, rows};
}

void check(int64_t m, int64_t n, int64_t k, bool a_by_rows, bool b_by_rows, bool with_bias) {
  const auto a = noise(m * k, 1), b = noise(k * n, 2), bias = noise(n, 3);
  const MatrixView left = view(a, m, k, a_by_rows), right = view(b, k, n, b_by_rows);
  const int64_t stride = n + 3;
  std::vector<float> c(static_cast<size_t>(m * stride), 77.0F);
  multiply({left, right, c.data(), stride, m, n, k, with_bias ? bias.data() : nullptr});
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < stride; ++j) {
      const float got = c[static_cast<size_t>(i * stride + j)];
      if (j >= n) {
        REQUIRE(got == 77.0F);  // nothing beyond the columns is written
        continue;
      }
      double sum = with_bias ? static_cast<double>(bias[static_cast<size_t>(j)]) : 0.0;
      double size = std::abs(sum);
      for (int64_t p = 0; p < k; ++p) {
        const double term =
            static_cast<double>(*left.at(i, p)) * static_cast<double>(*right.at(p, j));
        sum += term;
        size += std::abs(term);
      }
      REQUIRE(std::abs(static_cast<double>(got) - sum) <=
              static_cast<double>(std::min<int64_t>(k, 514) + 2) * size * std::ldexp(1.0, -24));
    }
  }
}

TEST_CASE("matrix products: any orientation, edges of tiles, parts of k, with and without bias") {
  if (skipped()) return;
  const int64_t sizes[][3] = {{1, 1, 1},    {14, 32, 16},  {15, 33, 17}, {13, 31, 15},
                              {29, 70, 65}, {28, 48, 513}, {3, 5, 1100}, {60, 200, 40}};
  for (const auto& [m, n, k] : sizes) {
    for (const bool a_by_rows : {true, false}) {
      for (const bool b_by_rows : {true, false}) check(m, n, k, a_by_rows, b_by_rows, k % 2 == 0);
    }
  }
}

TEST_CASE("a matrix product of integers is exact, and blocks of rows are used more than once") {
  if (skipped()) return;
  constexpr int64_t m = 700, n = 300, k = 400;  // several blocks of a
  std::vector<float> a(m * k), b(k * n), c(m * n);
  for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(static_cast<int>(i * 7 % 11) - 5);
  for (size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(static_cast<int>(i * 5 % 13) - 6);
  multiply({{a.data(), k, 1}, {b.data(), n, 1}, c.data(), n, m, n, k});
  for (int64_t i = 0; i < m; i += 9) {
    for (int64_t j = 0; j < n; ++j) {
      int sum = 0;
      for (int64_t p = 0; p < k; ++p)
        sum += static_cast<int>(a[static_cast<size_t>(i * k + p)]) *
               static_cast<int>(b[static_cast<size_t>(p * n + j)]);
      REQUIRE(c[static_cast<size_t>(i * n + j)] == static_cast<float>(sum));
    }
  }
}

TEST_CASE("a part of a product has the bits that it has in the whole") {
  if (skipped()) return;
  constexpr int64_t m = 45, n = 90, k = 600;
  const auto a = noise(m * k, 4), b = noise(k * n, 5);
  std::vector<float> whole(m * n), parts(m * n);
  const MatrixView left{a.data(), k, 1}, right{b.data(), 1, k};
  multiply({left, right, whole.data(), n, m, n, k});
  for (const auto& [row, rows] : {std::pair<int64_t, int64_t>{0, 17}, {17, 28}})
    for (const auto& [column, columns] : {std::pair<int64_t, int64_t>{0, 37}, {37, 53}})
      multiply({left.from(row, 0), right.from(0, column), parts.data() + row * n + column, n, rows,
                columns, k});
  REQUIRE(parts == whole);
}

}  // namespace
}  // namespace dinobench::testing
