// The three signs of collapse, and a healthy run.
#include "train/collapse_watch.hpp"

#include <cmath>
#include <limits>

#include "tests/test.hpp"

namespace dinobench {
namespace collapse_watch_test {
namespace {

const double uniform = std::log(1024.0);  // 6.93 nats

RunRecord record_of(double entropy, double kl, double rank, size_t steps = 60) {
  RunRecord record;
  record.train["teacher_entropy"].assign(steps, entropy);
  record.train["kl"].assign(steps, kl);
  record.train["feature_rank"].assign(steps, std::numeric_limits<double>::quiet_NaN());
  record.train["feature_rank"][0] = rank;
  return record;
}

TEST_CASE("a healthy run, a short one and a method without an output are not warned about") {
  REQUIRE(collapse_verdict(record_of(6.4, 0.3, 12), uniform).empty());
  REQUIRE(collapse_verdict(record_of(0, 0, 12, 49), uniform).empty());
  REQUIRE(collapse_verdict(record_of(0, 0, 0), 0).empty());
  REQUIRE(collapse_verdict(RunRecord(), uniform).empty());
}

TEST_CASE("each sign of collapse has its words") {
  const auto says = [](const RunRecord& record, const char* words) {
    return collapse_verdict(record, uniform).find(words) != std::string::npos;
  };
  REQUIRE(says(record_of(0.05, 0.3, 12), "one output"));
  REQUIRE(says(record_of(uniform - 0.001, 0.3, 12), "uniform output"));
  REQUIRE(says(record_of(6.4, 1e-5, 12), "agree"));
  REQUIRE(says(record_of(6.4, 0.3, 1.01), "1.01 directions"));
}

TEST_CASE("a loss that is not finite is said with the step it began at") {
  RunRecord record;
  REQUIRE(divergence_verdict(record).empty());
  record.train["loss"] = {NAN, 5, 4};
  REQUIRE(divergence_verdict(record).empty());
  record.train["loss"] = {5, INFINITY, 4, NAN, INFINITY};
  REQUIRE(divergence_verdict(record) == "the loss is not finite since step 3 (of the last step 4)");
  record.train["loss"] = {NAN};
  REQUIRE(divergence_verdict(record) == "the loss is not finite since step 0 (of the last step 0)");
}

TEST_CASE("only the latest steps count") {
  RunRecord record = record_of(0.0, 0.0, 12, 60);
  record.train["teacher_entropy"].resize(120, 6.4);
  record.train["kl"].resize(120, 0.3);
  REQUIRE(collapse_verdict(record, uniform).empty());
}

}  // namespace
}  // namespace collapse_watch_test
}  // namespace dinobench
