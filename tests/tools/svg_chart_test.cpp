// Charts: round ticks, exact points, nothing unescaped.
#include "tools/svg_chart.hpp"

#include <cmath>

#include "tests/test.hpp"

namespace dinobench {
namespace svg_chart_test {

TEST_CASE("ticks are round and inside", "[report]") {
  REQUIRE(chart_ticks(0, 10) == std::vector<double>{0, 2, 4, 6, 8, 10});
  REQUIRE(chart_ticks(0, 1600) ==
          std::vector<double>{0, 200, 400, 600, 800, 1000, 1200, 1400, 1600});
  REQUIRE(chart_ticks(12, 43) == std::vector<double>{15, 20, 25, 30, 35, 40});
  REQUIRE(chart_ticks(3, 3) == std::vector<double>{3});
}

TEST_CASE("a line goes from corner to corner, its band around it", "[report]") {
  const std::string chart =
      svg_chart("loss <1>", "step", {{"a & b", {0, 10}, {0, 8}, {-2, 6}, {2, 10}}});
  // x: 62 to 632; y: -2 at 222, 10 at 10.
  REQUIRE_THAT(chart, Catch::Contains("d=\"M62.0,186.7L632.0,45.3\""));
  REQUIRE_THAT(chart, Catch::Contains("points=\"62.0,151.3 632.0,10.0 632.0,80.7 62.0,222.0 \""));
  REQUIRE_THAT(chart, Catch::Contains("loss &lt;1&gt;") && Catch::Contains("a &amp; b"));
}

TEST_CASE("what is not known breaks a line; nothing known makes no chart", "[report]") {
  const double none = std::nan("");
  REQUIRE_THAT(svg_chart("t", "x", {{"l", {0, 1, 2, 3}, {0, none, 1, 1}, {}, {}}}),
               Catch::Contains("d=\"M62.0,222.0M442.0,10.0L632.0,10.0\""));
  REQUIRE(svg_chart("t", "x", {{"l", {0, 1}, {none, none}, {}, {}}}).empty());
  REQUIRE(svg_chart("t", "x", {}).empty());
  REQUIRE_THAT(svg_chart("t", "x", {{"l", {0, 1}, {5, 5}, {}, {}}}),
               Catch::Contains("d=\"M62.0,116.0L632.0,116.0\""));
}

}  // namespace svg_chart_test
}  // namespace dinobench
