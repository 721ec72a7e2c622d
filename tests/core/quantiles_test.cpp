// Quantiles against printed tables and values that can be written down.
#include "core/quantiles.hpp"

#include <cmath>

#include "tests/core/support.hpp"

namespace dinobench {
namespace {

TEST_CASE("one and two degrees of freedom have quantiles that can be written down") {
  // dof 1: P(T > t) = 1/2 - atan(t) / pi. dof 2: P(T > t) = 1/2 - t / (2 sqrt(2 + t^2)).
  REQUIRE(student_t_tail(1, 1) == Approx(0.25).epsilon(1e-14));
  REQUIRE(student_t_tail(std::sqrt(3.0), 1) == Approx(1.0 / 6).epsilon(1e-14));
  REQUIRE(student_t_tail(std::sqrt(2.0), 2) == Approx(0.5 - std::sqrt(0.125)).epsilon(1e-14));
  REQUIRE(student_t_critical(0.25, 1) == Approx(1).epsilon(1e-12));
  REQUIRE(student_t_critical(0.1, 2) == Approx(0.8 / std::sqrt(0.18)).epsilon(1e-12));
  REQUIRE(student_t_critical(0.5, 7) == Approx(0).margin(1e-14));
}

TEST_CASE("t quantiles are those of the printed tables") {
  struct Row {
    double tail;
    int64_t freedom;
    double printed;
  };
  for (const auto& [tail, freedom, printed] : {Row{0.025, 1, 12.706},
                                               {0.0005, 1, 636.619},
                                               {0.01, 2, 6.965},
                                               {0.025, 3, 3.182},
                                               {0.025, 4, 2.776},
                                               {0.0005, 5, 6.869},
                                               {0.005, 9, 3.250},
                                               {0.05, 10, 1.812},
                                               {0.005, 30, 2.750},
                                               {0.025, 120, 1.980}}) {
    INFO(tail << ", " << freedom);
    REQUIRE(std::abs(student_t_critical(tail, freedom) - printed) <= 0.00051);
  }
}

TEST_CASE("normal quantiles, and t comes to them with many degrees of freedom") {
  REQUIRE(normal_critical(0.025) == Approx(1.959963984540054).epsilon(1e-12));
  REQUIRE(normal_critical(0.001) == Approx(3.090232306167813).epsilon(1e-12));
  REQUIRE(student_t_critical(0.025, 100'000) == Approx(1.95999).epsilon(1e-5));
}

TEST_CASE("what has no quantile is refused") {
  REQUIRE(contains(error_of([] { student_t_critical(0, 3); }), "2: tail probability 0"));
  REQUIRE(contains(error_of([] { student_t_critical(0.6, 3); }), "0.6"));
  REQUIRE(contains(error_of([] { student_t_critical(0.1, 0); }), "0 degrees"));
}

}  // namespace
}  // namespace dinobench
