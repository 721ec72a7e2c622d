// Permutation tests counted by hand, and Holm's steps.
#include "eval/paired_test.hpp"

#include <array>

#include "tests/test.hpp"

namespace dinobench {
namespace paired_test_test {

using Numbers = std::vector<double>;

TEST_CASE("sign flips of four differences, counted by hand", "[paired]") {
  // 1 + 2 + 3 - 1 = 5. Of the 16 sums 7, 5 and 5 reach it, and so do their negatives.
  REQUIRE(sign_flip_p(Numbers{1, 2, 3, -1}) == 6.0 / 16);
  // All of one sign: only the two extreme patterns.
  REQUIRE(sign_flip_p(Numbers{1, 2, 3, 1}) == 2.0 / 16);
  REQUIRE(sign_flip_p(Numbers{-1, -2, -3, -1}) == 2.0 / 16);
  // Balanced: every pattern is as extreme.
  REQUIRE(sign_flip_p(Numbers{1, -1}) == 1);
}

TEST_CASE("zeros decide nothing, and nothing decides nothing", "[paired]") {
  REQUIRE(sign_flip_p(Numbers{0, 1, 0, 2, 3, 1, 0}) == 2.0 / 16);
  REQUIRE(sign_flip_p(Numbers{0, 0}) == 1);
  REQUIRE(sign_flip_p(Numbers{}) == 1);
}

TEST_CASE("sums that are equal on paper count as equal", "[paired]") {
  // 0.1 + 0.2 and 0.3 differ in the last bit; 0.1 + 0.2 - 0.3 = 0 is as extreme as any.
  REQUIRE(sign_flip_p(Numbers{0.1, 0.2, -0.3}) == 1);
}

TEST_CASE("right and wrong answers make McNemar's exact test", "[paired]") {
  // 8 discordant pairs, 7 one way: two-sided binomial 2 (1 + 8) / 256.
  REQUIRE(sign_flip_p(Numbers{100, 100, 100, 100, 100, 100, 100, -100}) == 18.0 / 256);
}

TEST_CASE("drawn patterns come near the exact binomial, and are the same every time", "[paired]") {
  Numbers differences(40, 1.0);
  std::fill(differences.begin(), differences.begin() + 14, -1.0);
  // 26 of 40 one way: two-sided p = 2 P(X >= 26) = 0.0807.
  const double p = sign_flip_p(differences);
  REQUIRE(p == Approx(0.0807).margin(0.008));
  REQUIRE(sign_flip_p(differences) == p);
  REQUIRE(sign_flip_p(differences, 1) != p);
  REQUIRE(sign_flip_p(Numbers(1000, 1.0)) == 1e-4);
}

TEST_CASE("Holm on three p-values", "[paired]") {
  // In order 0.01 x 3, 0.03 x 2, 0.04 x 1 = 0.04, which may not fall below the step before.
  const std::vector<double> adjusted = holm(std::array{0.01, 0.04, 0.03});
  REQUIRE(adjusted[0] == Approx(0.03));
  REQUIRE(adjusted[1] == Approx(0.06));
  REQUIRE(adjusted[2] == Approx(0.06));
  REQUIRE(holm(std::array{0.9, 0.8}) == std::vector<double>{1, 1});
  REQUIRE(holm(Numbers{}).empty());
}

}  // namespace paired_test_test
}  // namespace dinobench
