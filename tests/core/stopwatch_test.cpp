// Time is charged to the innermost open section.
#include "core/stopwatch.hpp"

#include <thread>

#include "tests/test_light.hpp"

namespace dinobench {
namespace {

TEST_CASE("a stopwatch that is off keeps nothing") {
  Stopwatch watch;
  { const auto timed = watch.section("work"); }
  REQUIRE(watch.totals().empty());
}

TEST_CASE(
    "time of an inner section is not counted for the outer one, and the device is waited for") {
  int settled = 0;
  Stopwatch watch(true, [&] { ++settled; });
  const auto nap = std::chrono::milliseconds(20);
  const auto started = std::chrono::steady_clock::now();
  {
    const auto outer = watch.section("outer");
    std::this_thread::sleep_for(nap);
    {
      const auto inner = watch.section("inner");
      std::this_thread::sleep_for(nap);
    }
    const auto again = watch.section("inner");
  }
  const std::chrono::duration<double> all = std::chrono::steady_clock::now() - started;
  REQUIRE(watch.totals().size() == 2);
  REQUIRE(watch.totals()[0].name == "outer");
  REQUIRE(watch.totals()[0].seconds >= 0.02);
  REQUIRE(watch.totals()[1].seconds >= 0.02);
  REQUIRE(watch.totals()[0].seconds + watch.totals()[1].seconds <= all.count());
  REQUIRE(settled == 6);
  REQUIRE(watch.report(1).find("inner") != std::string::npos);
}

TEST_CASE("operations are charged to the section in which they were counted") {
  double done = 5;
  Stopwatch watch(true);
  watch.count([&] { return done; });
  {
    const auto outer = watch.section("outer");
    done += 2e9;
    {
      const auto inner = watch.section("inner");
      done += 6e9;
    }
  }
  REQUIRE(watch.totals()[0].operations == 2e9);
  REQUIRE(watch.totals()[1].operations == 6e9);
  const std::string report = watch.report(2, 1e12);
  REQUIRE(report.find("GFLOP/s") != std::string::npos);
  REQUIRE(report.find(" 4.000 ") != std::string::npos);  // of all, a step
}

}  // namespace
}  // namespace dinobench
