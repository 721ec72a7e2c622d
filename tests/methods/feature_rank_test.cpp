// The participation ratio by hand.
#include "tests/test.hpp"
// Torch before everything.
#include <ATen/ATen.h>

#include <cmath>

#include "methods/feature_rank.hpp"

namespace dinobench {
namespace feature_rank_test {
namespace {

double rank_of(const at::Tensor& features) {
  const auto comm = make_self_communicator();
  return feature_rank(features, 0, *comm);
}

TEST_CASE("features on a line use one direction, wherever the line lies") {
  const at::Tensor along = at::tensor({1.0, -2.0, 3.0, 0.5}).unsqueeze(1);
  const at::Tensor line = at::matmul(along, at::tensor({1.0, 2.0, -1.0}).unsqueeze(0)) + 7;
  REQUIRE(rank_of(line) == Approx(1));
}

TEST_CASE("the corners of a square use two directions, a stretched one fewer") {
  const at::Tensor square =
      at::tensor({1.0, 1.0, 0.0, 1.0, -1.0, 0.0, -1.0, 1.0, 0.0, -1.0, -1.0, 0.0}).view({4, 3});
  REQUIRE(rank_of(square) == Approx(2));
  // Variances 9 and 1: (9 + 1)^2 / (81 + 1).
  REQUIRE(rank_of(square * at::tensor({3.0, 1.0, 1.0})) == Approx(100.0 / 82));
}

TEST_CASE("identical features use none, and other steps are not measured") {
  REQUIRE(rank_of(at::full({5, 3}, 0.5, at::kDouble)) == 0);
  const auto comm = make_self_communicator();
  REQUIRE(std::isnan(feature_rank(at::rand({5, 3}), 1, *comm)));
}

}  // namespace
}  // namespace feature_rank_test
}  // namespace dinobench
