// The schedule against numpy's values (dino.md A.5 and 6.3).
#include "core/schedule.hpp"

#include <vector>

#include "core/error.hpp"
#include "tests/test_light.hpp"

using dinobench::cosine_schedule;
using dinobench::linspace_value;

namespace {

// One unit in the last place is what two correct implementations of cos may differ by.
void require_schedule(const std::vector<double>& wanted, double base, double final, int64_t epochs,
                      int64_t steps_per_epoch, int64_t warmup_epochs) {
  REQUIRE(static_cast<int64_t>(wanted.size()) == epochs * steps_per_epoch);
  for (size_t step = 0; step < wanted.size(); ++step)
    REQUIRE(cosine_schedule(base, final, epochs, steps_per_epoch, warmup_epochs, 0,
                            static_cast<int64_t>(step)) ==
            Approx(wanted[step]).epsilon(0).margin(1.2e-16));
}

}  // namespace

TEST_CASE("cosine schedule with a warm-up equals the reference's values") {
  require_schedule({0,
                    .125,
                    .25,
                    .375,
                    .5,
                    .5,
                    .4956295201467612,
                    .48270909152852015,
                    .46180339887498956,
                    .43382612127177167,
                    .4,
                    .36180339887498947,
                    .32090569265353075,
                    .27909430734646934,
                    .23819660112501054,
                    .20000000000000007,
                    .16617387872822842,
                    .13819660112501053,
                    .11729090847147981,
                    .10437047985323887},
                   0.5, 0.1, 4, 5, 1);
}

TEST_CASE("cosine schedule upwards equals the reference's values") {
  require_schedule({.2, .2535898384862244, .4, .6, .8, .9464101615137754}, 0.2, 1, 2, 3, 0);
}

TEST_CASE("long schedules keep the reference's landmarks") {
  const auto rate = [](int64_t step) {
    return cosine_schedule(0.001, 1e-6, 100, 2502, 10, 0, step);
  };
  REQUIRE(rate(1) == Approx(3.996962308645429e-08).epsilon(1e-15));
  REQUIRE(rate(25019) == 0.001);
  REQUIRE(rate(25020) == 0.001);
  REQUIRE(rate(25021) == Approx(0.0009999999999513879).epsilon(1e-15));
  REQUIRE(rate(100000) == Approx(0.0007507326542433247).epsilon(1e-15));
  REQUIRE(rate(250199) == Approx(1.0000000486122476e-06).epsilon(1e-12));
  const auto momentum = [](int64_t step) {
    return cosine_schedule(0.996, 1, 100, 2502, 0, 0, step);
  };
  REQUIRE(momentum(0) == 0.996);
  REQUIRE(momentum(125100) == Approx(0.998).epsilon(1e-15));
  REQUIRE(momentum(250199) == Approx(0.9999999999998423).epsilon(1e-15));
}

TEST_CASE("a schedule ends at its final value and refuses a warm-up longer than training") {
  REQUIRE(cosine_schedule(1, 0.25, 2, 3, 0, 0, 6) == 0.25);
  REQUIRE(cosine_schedule(1, 0.25, 2, 3, 2, 0, 6) == 0.25);
  REQUIRE_THROWS_AS(cosine_schedule(1, 0, 2, 3, 3, 0, 0), dinobench::Error);
}

TEST_CASE("linspace meets both ends and equals numpy's inner values") {
  REQUIRE(linspace_value(0.04, 0.07, 30, 0) == 0.04);
  REQUIRE(linspace_value(0.04, 0.07, 30, 1) == .04103448275862069);
  REQUIRE(linspace_value(0.04, 0.07, 30, 15) == .05551724137931035);
  REQUIRE(linspace_value(0.04, 0.07, 30, 28) == .06896551724137931);
  REQUIRE(linspace_value(0.04, 0.07, 30, 29) == .07);
  REQUIRE(linspace_value(0.04, 0.07, 1, 0) == .04);
}
