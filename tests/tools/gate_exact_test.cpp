// The gate's exact part and its reports.
#include "tools/gate_exact.hpp"

#include <cmath>

#include "core/error.hpp"
#include "tests/test.hpp"
#include "tests/tools/made_record.hpp"
#include "tools/array_difference.hpp"
#include "tools/gate_report.hpp"

namespace dinobench {
namespace gate_exact_test {

NamedRecord full() {
  NamedRecord out = made::record(3, 40);
  EvaluationRecord& knn = out.record.eval["knn"];
  knn.attributes["seconds"] = 1.0;
  knn.attributes["temperature"] = 0.07;
  knn.raw["neighbours"] = {{2, 3}, std::vector<int64_t>{0, 1, 2, 3, 4, 5}};
  knn.raw["similarities"] = {{2, 2}, std::vector<float>{1, 0.5f, 0, -0.5f}};
  knn.raw["paths"] = {{2}, std::vector<std::string>{"a", "b"}};
  out.record.train["step"] = {0, 1, 2};
  out.record.train["loss"] = {6, 5, 4};
  out.record.train["images_per_second"] = {10, 11, 12};
  return out;
}

GateReport judged(const NamedRecord& now, double rtol = 1e-5) {
  GateReport report;
  const std::vector<NamedRecord> then{full()}, fresh{now};
  judge_exactly(sort_records(then, fresh, report), rtol, report);
  return report;
}

std::string alarms(const NamedRecord& now, double rtol = 1e-5) {
  std::string out;
  for (const GateFinding& finding : judged(now, rtol).findings)
    if (finding.verdict == Verdict::broken)
      out += finding.evaluation + "|" + finding.what + "|seed " + finding.seed + ": " +
             finding.reason + "\n";
  return out;
}

TEST_CASE("timings may differ, rounding too, but not with --rtol 0", "[gate]") {
  NamedRecord now = full();
  now.record.train["images_per_second"] = {1, 2, 3};
  now.record.eval["knn"].attributes["seconds"] = 9.0;
  REQUIRE_FALSE(judged(now, 0).alarm());
  now.record.train["loss"][1] = 5.00004;
  // The mean magnitude 0.5 is what a value near zero is measured by: 4e-6 of it passes.
  std::get<std::vector<float>>(now.record.eval["knn"].raw["similarities"].values)[2] = 2e-6f;
  REQUIRE(alarms(now) == "");
  REQUIRE(alarms(now, 0) ==
          "knn|raw/similarities|seed 3: [1, 0]: 0 then, 2e-06 now\n"
          "train|loss|seed 3: step 1: 5 then, 5.00004 now\n");
  now.record.train["loss"][1] = 5.0001;
  std::get<std::vector<float>>(now.record.eval["knn"].raw["similarities"].values)[2] = 1e-5f;
  REQUIRE(alarms(now) ==
          "knn|raw/similarities|seed 3: [1, 0]: 0 then, 1e-05 now\n"
          "train|loss|seed 3: step 1: 5 then, 5.0001 now\n");
}

TEST_CASE("whole numbers, text, shapes, metrics and what is missing alarm with their place",
          "[gate]") {
  NamedRecord now = full();
  EvaluationRecord& knn = now.record.eval["knn"];
  knn.raw["neighbours"].values = std::vector<int64_t>{0, 1, 2, 3, 9, 8};
  knn.raw["paths"] = {{1}, std::vector<std::string>{"a"}};
  knn.raw.erase("similarities");
  knn.attributes["temperature"] = 0.1;
  knn.metrics["k20_top1"].value = 42;
  now.record.train["loss"].pop_back();
  REQUIRE(alarms(now) ==
          "knn|k20_top1|seed 3: 40 then, 42 now\n"
          "knn|attribute temperature|seed 3: 0.07 then, 0.1 now\n"
          "knn|raw/neighbours|seed 3: [1, 1]: 4 then, 9 now (2 elements differ, this is the "
          "first)\n"
          "knn|raw/paths|seed 3: shape: [2] then, [1] now\n"
          "knn|raw/similarities|seed 3: missing\n"
          "train|loss|seed 3: steps: 3 then, 2 now\n");
  now = full();
  now.record.attributes["seed"] = int64_t{4};
  REQUIRE(alarms(now) ==
          "knn||seed 3: no new record holds it\ntrain||seed 3: no new record holds it\n");
}

TEST_CASE("one part of one seed in two records is refused", "[gate]") {
  GateReport report;
  const std::vector<NamedRecord> twice{full(), full()};
  REQUIRE_THROWS_WITH(judge_exactly(sort_records(twice, twice, report), 0, report),
                      Catch::Contains("both hold knn of 'nightly dino vit_nano', seed 3"));
}

TEST_CASE("numbers that are the same", "[gate]") {
  REQUIRE(same_number(NAN, NAN, 0));
  REQUIRE_FALSE(same_number(NAN, 1, 1));
  REQUIRE_FALSE(same_number(0.0, -0.0, 0));
  REQUIRE(same_number(0.0, -0.0, 1e-9));
  REQUIRE(same_number(INFINITY, INFINITY, 1e-9));
  REQUIRE_FALSE(same_number(INFINITY, 1, 1));
  REQUIRE(typical_magnitude({-2, 4, NAN}) == 3);
}

GateReport shown_report() {
  GateReport report{"the rule", {}, {"a \"note\""}};
  report.findings.push_back({.group = {"e<1>", "dino", "", "f"},
                             .evaluation = "knn",
                             .what = "k1",
                             .verdict = Verdict::equal,
                             .reason = "",
                             .then = {50, 1, 2},
                             .now = {51, NAN, 1},
                             .tolerance = 4});
  report.findings.push_back({.group = {"e<1>", "dino", "", "f"},
                             .evaluation = "knn",
                             .what = "",
                             .verdict = Verdict::broken,
                             .reason = "'x' & <y>"});
  return report;
}

TEST_CASE("the table puts alarms first", "[gate]") {
  REQUIRE(gate_table(shown_report()) == R"(
| runs       | metric | verdict |  baseline (runs) | new (runs) | change | tolerance |
| ---------- | ------ | ------- | ---------------: | ---------: | -----: | --------: |
| e\<1> dino | knn    | BROKEN  |                  |            |        |           |
| e\<1> dino | knn k1 | equal   | 50.00 ± 1.00 (2) |  51.00 (1) |  +1.00 |      4.00 |

BROKEN: e<1> dino: knn: 'x' & <y>
a "note"
the rule
ALARM: 1 equal, 1 BROKEN
)" + 1);
}

TEST_CASE("JSON and JUnit are escaped and complete", "[gate]") {
  REQUIRE(gate_json(shown_report()) ==
          R"({"alarm": true, "rule": "the rule", )"
          R"("counts": {"equal": 1, "better": 0, "WORSE": 0, "BROKEN": 1},)"
          "\n"
          R"( "notes": ["a \"note\""],)"
          "\n \"findings\": [\n  "
          R"({"experiment": "e<1>", "method": "dino", "backbone": "", "dataset_fingerprint": "f", )"
          R"("seed": "", )"
          R"("evaluation": "knn", "what": "k1", "verdict": "equal", "alarm": false, )"
          R"("then": {"mean": 50, "deviation": 1, "runs": 2}, )"
          R"("now": {"mean": 51, "deviation": null, "runs": 1}, "tolerance": 4, "reason": ""},)"
          "\n  "
          R"({"experiment": "e<1>", "method": "dino", "backbone": "", "dataset_fingerprint": "f", )"
          R"("seed": "", )"
          R"("evaluation": "knn", "what": "", "verdict": "BROKEN", "alarm": true, )"
          R"("then": {"mean": null, "deviation": null, "runs": 0}, )"
          R"("now": {"mean": null, "deviation": null, "runs": 0}, )"
          R"("tolerance": null, "reason": "'x' & <y>"}]})"
          "\n");
  REQUIRE(gate_junit(shown_report()) == R"(
<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="dinobench check" tests="2" failures="1" errors="0">
    <testcase classname="e&lt;1&gt; dino" name="knn k1"/>
    <testcase classname="e&lt;1&gt; dino" name="knn">
      <failure type="BROKEN" message="&#39;x&#39; &amp; &lt;y&gt;">&#39;x&#39; &amp; &lt;y&gt;</failure>
    </testcase>
  </testsuite>
</testsuites>
)" + 1);
}

}  // namespace gate_exact_test
}  // namespace dinobench
