// The gate's statistical part: tolerances worked by hand, and how often it cries wolf.
#include <cmath>
#include <functional>
#include <random>

#include "core/error.hpp"
#include "tests/test.hpp"
#include "tests/tools/made_record.hpp"
#include "tools/gate_statistics.hpp"

namespace dinobench {
namespace gate_test {

using Records = std::vector<NamedRecord>;

GateReport judged(const Records& then, const Records& now, double rate = 0.05, double floor = 0) {
  GateReport report;
  judge_means(sort_records(then, now, report), rate, floor, report);
  return report;
}

const GateFinding& only(const GateReport& report) {
  REQUIRE(report.findings.size() == 1);
  return report.findings[0];
}

Verdict verdict(const Records& then, const Records& now) { return only(judged(then, now)).verdict; }

// Mean 43, s = sqrt(7).
const Records kBaseline{made::record(0, 40), made::record(1, 44), made::record(2, 45)};

TEST_CASE("the tolerance is t s sqrt(1/n + 1/m)", "[gate]") {
  // t(2) of tail 0.05 is 0.9 / sqrt(0.095); one new run: sqrt(1/3 + 1).
  const GateFinding finding = only(judged(kBaseline, {made::record(7, 35)}));
  REQUIRE(finding.tolerance == Approx(0.9 / std::sqrt(0.095) * std::sqrt(7.0 * 4 / 3)));
  REQUIRE(finding.tolerance == Approx(8.9206).epsilon(1e-4));
  REQUIRE(finding.then.mean == 43);
  REQUIRE(finding.then.deviation == Approx(std::sqrt(7.0)));
  REQUIRE(finding.now.runs == 1);
  REQUIRE(finding.verdict == Verdict::equal);
  REQUIRE(verdict(kBaseline, {made::record(0, 34.07)}) == Verdict::worse);
  REQUIRE(verdict(kBaseline, {made::record(0, 34.08)}) == Verdict::equal);
  REQUIRE(verdict(kBaseline, {made::record(0, 51.93)}) == Verdict::better);
  // Four new runs: sqrt(1/3 + 1/4), tolerance 5.9012.
  const auto four = [](double value) {
    return Records{made::record(0, value - 1), made::record(1, value + 1), made::record(2, value),
                   made::record(3, value)};
  };
  REQUIRE(verdict(kBaseline, four(37.11)) == Verdict::equal);
  REQUIRE(verdict(kBaseline, four(37.09)) == Verdict::worse);
}

TEST_CASE("the false alarms are shared out among all metrics", "[gate]") {
  Records then = kBaseline, now{made::record(0, 30)};
  REQUIRE(judged(then, now).alarm());
  for (Records* side : {&then, &now})
    for (NamedRecord& one : *side) {
      Metric same = one.record.eval["knn"].metrics["k20_top1"];
      same.value = 50;
      one.record.eval["knn"].metrics["k10_top1"] = same;
    }
  // Two metrics: tail 0.025, t(2) = 0.95 / sqrt(0.04875) = 4.3027, tolerance 13.145 for a fall of
  // 13.
  const GateReport report = judged(then, now);
  REQUIRE(report.findings.size() == 2);
  REQUIRE(report.findings[1].tolerance == Approx(13.145).epsilon(1e-4));
  REQUIRE_FALSE(report.alarm());
  REQUIRE(judged(then, now, 0.1).alarm());
}

TEST_CASE("without a spread one answer is the tolerance, or the floor", "[gate]") {
  const Records then{made::record(0, 40), made::record(1, 40)};
  REQUIRE(only(judged(then, {made::record(0, 38)})).verdict == Verdict::equal);  // one of 50
  REQUIRE(only(judged(then, {made::record(0, 37.9)})).verdict == Verdict::worse);
  REQUIRE(only(judged(then, {made::record(0, 37.1)}, 0.05, 3)).verdict == Verdict::equal);
  REQUIRE(only(judged(then, {made::record(0, 36.9)}, 0.05, 3)).verdict == Verdict::worse);
}

TEST_CASE("a single baseline run lends its interval over images", "[gate]") {
  NamedRecord one = made::record(0, 40);
  one.record.eval["knn"].metrics["k20_top1"].ci_low = 40 - 1.96 * 5;
  one.record.eval["knn"].metrics["k20_top1"].ci_high = 40 + 1.96 * 5;
  const GateReport report = judged({one}, {made::record(0, 30)});
  // z(0.05) = 1.6449, standard error 5, sqrt(2).
  REQUIRE(only(report).tolerance == Approx(1.6448536 * 5 * std::sqrt(2)).epsilon(1e-4));
  REQUIRE_THAT(only(report).reason, Catch::Contains("one baseline run"));
  REQUIRE_THAT(report.notes.at(0), Catch::Contains("1 baseline run;"));
}

TEST_CASE("where less is better a rise alarms", "[gate]") {
  const auto decay = [](int64_t seed, double value) {
    NamedRecord out = made::record(seed, 0);
    auto& metrics = out.record.eval["knn"].metrics;
    metrics["J_decay"] = metrics["k20_top1"];
    metrics["J_decay"].value = value;
    metrics.erase("k20_top1");
    return out;
  };
  REQUIRE(verdict({decay(0, 10), decay(1, 10)}, {decay(0, 13)}) == Verdict::worse);
  REQUIRE(verdict({decay(0, 10), decay(1, 10)}, {decay(0, 7)}) == Verdict::better);
  REQUIRE(lower_is_better("val_loss"));
  REQUIRE_FALSE(lower_is_better("J_mean"));
}

Verdict broken(const std::function<void(RunRecord&)>& change, const std::string& words) {
  NamedRecord now = made::record(3, 43);
  change(now.record);
  const GateReport report = judged(kBaseline, {now});
  INFO(words);
  REQUIRE(report.alarm());
  std::string reasons;
  for (const GateFinding& finding : report.findings) reasons += finding.reason + "\n";
  REQUIRE_THAT(reasons, Catch::Contains(words));
  return report.findings[0].verdict;
}

TEST_CASE("what cannot be compared alarms and says why", "[gate]") {
  const auto knn = [](RunRecord& r) -> EvaluationRecord& { return r.eval["knn"]; };
  for (const auto& [change, words] : std::map<std::string, std::string>{
           {"protocol", "protocol was 'knn-v1', is 'other'"},
           {"dataset_fingerprint", "dataset_fingerprint was 'd1', is 'other'"},
           {"status", "status was 'completed', is 'other'"}})
    REQUIRE(broken([&](auto& r) { knn(r).attributes[change] = "other"; }, words) ==
            Verdict::broken);
  broken([&](auto& r) { knn(r).metrics.clear(); }, "dino3.h5: the metric is missing");
  broken([&](auto& r) { knn(r).metrics["k20_top1"].n = 49; }, "over 50 then, over 49 now");
  broken([&](auto& r) { knn(r).metrics["k20_top1"].unit = "nats"; }, "unit was 'percent'");
  broken([&](auto& r) { knn(r).metrics["k20_top1"].value = NAN; }, "the value is nan");
  broken([&](auto& r) { r.eval.clear(); }, "no new record holds this evaluation");
  broken([&](auto& r) { r.attributes["method"] = "x"; }, "no completed record of it");
  broken([&](auto& r) { r.attributes["dataset_fingerprint"] = "f2"; },
         "dataset_fingerprint f1 then, f2 now in dino3.h5");
  broken(
      [&](auto& r) {
        r.attributes["status"] = "failed";
        r.attributes["error"] = "disk full";
      },
      "dino3.h5 is failed (disk full)");
}

TEST_CASE("new groups and metrics are noted, unfinished baseline records left out", "[gate]") {
  Records then = kBaseline;
  then.push_back(made::record(9, 0));
  then.back().record.attributes["status"] = "running";
  Records now{made::record(0, 43), made::record(0, 50, "other")};
  now[0].record.eval["knn"].metrics["k9_top1"] = {1, "percent", 50};
  const GateReport report = judged(then, now);
  REQUIRE_FALSE(report.alarm());
  const std::string notes = fmt::format("{}", fmt::join(report.notes, "\n"));
  REQUIRE_THAT(notes, Catch::Contains("left out of the baseline: dino9.h5 is running"));
  REQUIRE_THAT(notes, Catch::Contains("not in the baseline: nightly other vit_nano"));
  REQUIRE_THAT(notes, Catch::Contains("knn k9_top1 is not in the baseline"));
}

TEST_CASE("a seed counts once; other weights of one seed are another run", "[gate]") {
  REQUIRE_THROWS_WITH(judged({made::record(0, 40), made::record(0, 40)}, kBaseline),
                      Catch::Contains("seed 0 of 'nightly dino vit_nano'"));
  Records then{made::record(0, 40), made::record(0, 41)};
  then[1].record.attributes["weights_sha256"] = "v";
  REQUIRE(only(judged(then, kBaseline)).then.runs == 2);
  then[1].record.eval["knn"].attributes["protocol"] = "knn-v2";
  REQUIRE_THROWS_WITH(judged(then, kBaseline), Catch::Contains("knn protocol was 'knn-v1'"));
  REQUIRE_THROWS_WITH(judged(kBaseline, kBaseline, 0.6), Catch::Contains("--false_alarm_rate 0.6"));
}

TEST_CASE("nights without change alarm as often as they may", "[gate]") {
  std::mt19937_64 bits(5);
  std::normal_distribution<double> draw(70, 2);
  const auto runs = [&](int64_t count) {
    Records out;
    for (int64_t seed = 0; seed < count; ++seed) {
      out.push_back(made::record(seed, draw(bits)));
      for (const char* name : {"a", "b", "c"})
        out.back().record.eval["knn"].metrics[name] = {draw(bits), "percent", 1'000'000};
      out.back().record.eval["knn"].metrics["k20_top1"].n = 1'000'000;
    }
    return out;
  };
  int alarms = 0;
  constexpr int kNights = 4000;
  for (int night = 0; night < kNights; ++night) alarms += judged(runs(5), runs(3)).alarm();
  // Four independent metrics: 1 - (1 - 0.0125)^4 = 0.0491, standard error 0.0034.
  REQUIRE(std::abs(alarms / double{kNights} - 0.0491) < 3 * 0.0034);
}

}  // namespace gate_test
}  // namespace dinobench
