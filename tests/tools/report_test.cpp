// The page from records made by hand.
#include <cmath>
#include <fstream>

#include "core/error.hpp"
#include "tests/test.hpp"
#include "tests/train/tiny_run.hpp"
#include "tools/report_page.hpp"

namespace dinobench {
namespace report_test {

const std::string kHostile = "<script>alert(\"x\")</script>&'";

NamedRecord made(int64_t seed, double entropy) {
  RunRecord record;
  record.attributes = {{"status", "completed"},  {"method", "dino"}, {"backbone", "vit_nano"},
                       {"experiment", kHostile}, {"seed", seed},     {"git_commit", "0123abcd"}};
  record.options = {{"out_dim", "256"}, {kHostile, kHostile}};
  for (int step = 0; step < 100; ++step) {
    record.train["loss"].push_back(static_cast<double>(5 + seed) - 0.01 * step);
    record.train["teacher_entropy"].push_back(entropy);
    record.train["kl"].push_back(0.5);
  }
  EvaluationRecord& knn = record.eval["knn"];
  knn.attributes = {{"status", "completed"}, {"protocol", "knn-v1"}};
  knn.metrics["k20_top1"] = {40 + static_cast<double>(seed), "percent", 1000, 37.5, 42.25};
  knn.metrics[kHostile] = {1, kHostile, 3};
  return {"runs/a b#" + std::to_string(seed) + ".h5", record};
}

std::string page_of(const std::vector<NamedRecord>& records) {
  ReportSettings settings;
  settings.title = kHostile;
  settings.output = "reports/page.html";
  return report_page(records, settings);
}

TEST_CASE("the page is the same every time and escapes all text", "[report]") {
  const std::vector<NamedRecord> records{made(0, 3), made(1, 3)};
  const std::string page = page_of(records);
  REQUIRE(page == page_of(records));
  REQUIRE(page.find("<script") == std::string::npos);
  REQUIRE_THAT(page, Catch::Contains("<title>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;"
                                     "&amp;&#39;</title>"));
  REQUIRE_THAT(page, Catch::Contains("<th>&lt;script&gt;"));
  REQUIRE_THAT(page, Catch::Contains("name=\"viewport\""));
}

TEST_CASE("links to records start where the page lies", "[report]") {
  REQUIRE_THAT(page_of({made(0, 3)}), Catch::Contains("href=\"../runs/a%20b%230.h5\""));
}

TEST_CASE("every metric is there with its interval", "[report]") {
  const std::string page = page_of({made(0, 3), made(1, 3)});
  REQUIRE_THAT(page, Catch::Contains("<td>40.0000</td><td>37.5000 to 42.2500</td><td>percent</td>"
                                     "<td>1000</td>"));
  REQUIRE_THAT(page, Catch::Contains("<td>41.0000</td>"));
  REQUIRE_THAT(page, Catch::Contains("0123abcd"));
}

TEST_CASE("collapse is judged by the rule of training", "[report]") {
  // ln 256 = 5.5452; below a hundredth of it the output is one, above 0.999 of it uniform.
  REQUIRE_THAT(page_of({made(0, 3)}), Catch::Contains("<td>3.0000</td><td>5.5452</td><td>0.5000"
                                                      "</td><td>no collapse</td>"));
  REQUIRE_THAT(page_of({made(0, 0.05)}), Catch::Contains("collapse to one output"));
  REQUIRE_THAT(page_of({made(0, 5.545)}), Catch::Contains("collapse to the uniform output"));
}

TEST_CASE("curves are means over seeds", "[report]") {
  const std::string curves = report_curves({made(0, 3), made(1, 3)});
  // Losses 5 and 6 at step 0: mean 5.5 less and plus 0.7071; the axis spans 3.803 to 6.207 and the
  // mean falls from 5.5 to 4.51.
  REQUIRE_THAT(curves, Catch::Contains("<figcaption>loss</figcaption>") &&
                           Catch::Contains("2 seeds") && Catch::Contains("class=\"band c0\"") &&
                           Catch::Contains("d=\"M62.0,72.4L"));
  REQUIRE(report_curves({made(0, 3)}).find("class=\"band") == std::string::npos);
}

TEST_CASE("a failed record is said to be one, and has no tables", "[report]") {
  NamedRecord failed = made(0, 3);
  failed.record.attributes["status"] = "failed";
  failed.record.attributes["error"] = "disk <full>";
  const std::string page = page_of({failed});
  REQUIRE_THAT(page, Catch::Contains("failed: disk &lt;full&gt;"));
  REQUIRE_THAT(page, Catch::Contains("no tables: none of the records is complete"));
}

TEST_CASE("pictures become data, maps of a record squares", "[report]") {
  const tiny::Folder folder("report");
  std::filesystem::create_directories(folder / "run_work");
  std::ofstream(folder / "run_work/attn-head0.png") << "Man";
  std::ofstream(folder / "run_work/checkpoint.png") << "no";
  NamedRecord record = made(0, 3);
  record.file = (folder / "run.h5").string();
  ReportSettings settings;
  const std::string found = report_pictures({record}, settings);
  REQUIRE_THAT(found, Catch::Contains("src=\"data:image/png;base64,TWFu\""));
  REQUIRE(found.find("checkpoint") == std::string::npos);
  settings.pictures = folder / "run_work";
  REQUIRE_THAT(report_pictures({record}, settings), Catch::Contains("base64,bm8=\""));
  settings.pictures = folder / "none";
  REQUIRE_THROWS_WITH(report_pictures({record}, settings), Catch::Contains("no such folder"));
  record.file = "elsewhere.h5";
  EvaluationRecord& attention = record.record.eval["attention"];
  attention.raw["attention"] = {{1, 1, 1, 2}, std::vector<float>{0, 1}};
  attention.raw["attention_image_ids"] = {{1}, std::vector<std::string>{"cat"}};
  settings.pictures.clear();
  REQUIRE_THAT(report_pictures({record}, settings),
               Catch::Contains("cat, head 0") && Catch::Contains("fill=\"#440154\"/>") &&
                   Catch::Contains("x=\"1\" y=\"0\" width=\"1\" height=\"1\" fill=\"#fde724\""));
}

}  // namespace report_test
}  // namespace dinobench
