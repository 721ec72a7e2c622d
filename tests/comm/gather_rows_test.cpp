// Gathered rows: the values of all ranks, and the gradients that all ranks' losses send back.
#include "tests/test.hpp"
// Torch before everything.
#include "comm/gather_rows.hpp"
#include "tests/comm/job.hpp"

namespace dinobench {
namespace gather_rows_test {
namespace {

/// Rows of a rank: 2 of 3 numbers, which the rank and the place tell apart.
at::Tensor rows_of(int rank, at::ScalarType dtype) {
  return at::arange(6, dtype).reshape({2, 3}).add(0.1).mul(rank + 1);
}

TEST_CASE("every rank gets the rows of all, in rank order, to the bit") {
  const auto dtype = GENERATE(at::kFloat, at::kDouble);
  const at::Tensor all = gather_rows(rows_of(job().rank(), dtype), job());
  REQUIRE(all.sizes() == at::IntArrayRef{2 * job().size(), 3});
  for (int rank = 0; rank < job().size(); ++rank)
    REQUIRE(at::equal(all.narrow(0, 2 * rank, 2), rows_of(rank, dtype)));
}

TEST_CASE("a row's gradient is the sum of what all ranks' losses ask of it") {
  const auto dtype = GENERATE(at::kFloat, at::kDouble);
  const at::Tensor rows = rows_of(job().rank(), dtype).set_requires_grad(true);
  const at::Tensor all = gather_rows(rows, job());
  // Rank r's loss weighs row i of all by (r + 1)(i + 1): together (i + 1) R (R + 1) / 2.
  const at::Tensor weight = at::arange(1, all.size(0) + 1, dtype).unsqueeze(1);
  (all * weight).sum().mul(job().rank() + 1).backward();
  const double ranks = job().size() * (job().size() + 1) / 2.0;
  const at::Tensor own = weight.narrow(0, 2 * job().rank(), 2).mul(ranks).expand({2, 3});
  REQUIRE(at::equal(rows.grad(), own));
}

TEST_CASE("rows that are no contiguous block arrive as their values") {
  const at::Tensor wide = at::arange(12, at::kDouble).reshape({3, 4}).add(100 * job().rank());
  const at::Tensor all = gather_rows(wide.t(), job());
  for (int rank = 0; rank < job().size(); ++rank)
    REQUIRE(at::equal(all.narrow(0, 4 * rank, 4),
                      at::arange(12, at::kDouble).reshape({3, 4}).add(100 * rank).t()));
}

}  // namespace
}  // namespace gather_rows_test
}  // namespace dinobench
