// Intervals and rank measures.
#include "eval/metrics.hpp"

#include <cmath>

#include "tests/test.hpp"

namespace dinobench {
namespace metrics_test {

TEST_CASE("average precision of the golden vectors A.8", "[metrics]") {
  const std::vector<int64_t> q0{5, 6, 8, 3, 2, 11, 10, 7, 0, 9, 4, 1};
  const std::vector<int64_t> q1{0, 5, 7, 8, 4, 6, 10, 11, 2, 1, 9, 3};
  const RankingScores first = score_ranking(q0, {1, 4, 7}, {0, 9});
  const RankingScores second = score_ranking(q1, {2}, {});
  REQUIRE(first.average_precision == Approx(0.16574074).epsilon(1e-7));
  REQUIRE(second.average_precision == Approx(0.05555556).epsilon(1e-7));
  REQUIRE((first.average_precision + second.average_precision) / 2 ==
          Approx(0.11064815).epsilon(1e-7));
  REQUIRE(first.precision_at[0] + second.precision_at[0] == 0);
  REQUIRE(first.precision_at[1] + second.precision_at[1] == 0);
  REQUIRE((first.precision_at[2] + second.precision_at[2]) / 2 == Approx(0.20555556).epsilon(1e-7));
}

TEST_CASE("trapezoid average precision of the golden vectors A.8", "[metrics]") {
  REQUIRE(average_precision(std::vector<int64_t>{0, 3, 5}, 4) == Approx(0.4666667).epsilon(1e-6));
  REQUIRE(average_precision(std::vector<int64_t>{2}, 1) == Approx(0.1666667).epsilon(1e-6));
  REQUIRE(average_precision(std::vector<int64_t>{0, 1, 2}, 3) == 1);
}

TEST_CASE("a ranking that lacks a positive is refused", "[metrics]") {
  const std::vector<int64_t> ranking{2, 0};
  REQUIRE_THROWS_WITH(score_ranking(ranking, {1}, {}), Catch::Contains("0 of its query's 1"));
}

TEST_CASE("precision stops at the last positive", "[metrics]") {
  const std::vector<int64_t> ranking{4, 3, 2, 1, 0};
  const RankingScores scores = score_ranking(ranking, {4, 2}, {});
  REQUIRE(scores.precision_at[0] == 1);
  REQUIRE(scores.precision_at[1] == Approx(2.0 / 3));  // three items reach the last positive
  REQUIRE(scores.precision_at[2] == Approx(2.0 / 3));
}

TEST_CASE("the exact interval of a share holds 95 % of its binomial resamples", "[metrics]") {
  // n = 3, p = 1/3: masses 8/27, 12/27, 6/27, 1/27; both 2.5 % tails end inside the outer counts.
  const Interval few = bootstrap_share(1, 3);
  REQUIRE(few.low == 0);
  REQUIRE(few.high == 1);
  // n = 5, p = 1/2 is not possible; n = 4, p = 1/2: masses 1 4 6 4 1 / 16, each tail 6.25 %.
  const Interval even = bootstrap_share(2, 4);
  REQUIRE(even.low == 0);
  REQUIRE(even.high == 1);
  const Interval many = bootstrap_share(5000, 10000);  // normal: 0.5 -+ 1.96 * 0.005
  REQUIRE(many.low == Approx(0.4902).margin(2e-4));
  REQUIRE(many.high == Approx(0.5098).margin(2e-4));
  REQUIRE(bootstrap_share(0, 7).high == 0);
  REQUIRE(bootstrap_share(7, 7).low == 1);
  REQUIRE(std::isnan(bootstrap_share(0, 0).low));
}

TEST_CASE("resampling agrees with the exact interval on zeros and ones", "[metrics]") {
  std::vector<double> outcomes(400, 0.0);
  for (size_t i = 0; i < 120; ++i) outcomes[i] = 1;
  const Interval exact = bootstrap_share(120, 400), drawn = bootstrap_mean(outcomes, 3);
  REQUIRE(drawn.low == Approx(exact.low).margin(0.006));
  REQUIRE(drawn.high == Approx(exact.high).margin(0.006));
  REQUIRE(bootstrap_mean(outcomes, 3).low == drawn.low);
}

TEST_CASE("a percent metric carries unit, count and interval", "[metrics]") {
  const Metric metric = percent_metric(30, 40);
  REQUIRE(metric.value == 75);
  REQUIRE(metric.unit == "percent");
  REQUIRE(metric.n == 40);
  REQUIRE(metric.ci_low < 75);
  REQUIRE(metric.ci_high > 75);
}

}  // namespace metrics_test
}  // namespace dinobench
