// Tables from records made by hand.
#include <cmath>
#include <fstream>

#include "core/error.hpp"
#include "tests/test.hpp"
#include "tests/train/tiny_run.hpp"
#include "tools/table_format.hpp"

namespace dinobench {
namespace table_test {

NamedRecord made(const std::string& method, int64_t seed, double top1,
                 const std::string& protocol = "knn-v1") {
  RunRecord record;
  record.attributes = {{"status", "completed"},
                       {"method", method},
                       {"backbone", "vit_nano"},
                       {"seed", seed},
                       {"experiment", "e|" + method}};
  EvaluationRecord& knn = record.eval["knn"];
  knn.attributes = {{"status", "completed"}, {"protocol", protocol}};
  knn.metrics["k100_top1"] = {top1 - 1, "percent", 50, 0, 0};
  knn.metrics["k20_top1"] = {top1, "percent", 50, 0, 0};
  return {method + std::to_string(seed) + ".h5", record};
}

const TableLayout kLayout{
    "Title", {"method"}, {}, {{"top-1", "knn", "k20_top1"}, {"other", "linear", "top1"}}, {}};

TEST_CASE("a cell is mean and sample deviation over seeds", "[table]") {
  const Table table = build_table(kLayout, {made("dino", 0, 40), made("dino", 1, 44),
                                            made("supervised", 0, 70), made("dino", 2, 45)});
  REQUIRE(table.lines.size() == 2);
  REQUIRE(table.lines[0].labels == std::vector<std::string>{"dino"});
  REQUIRE(table.lines[0].seeds == 3);
  REQUIRE(table.lines[0].cells[0].mean() == 43);
  REQUIRE(table.lines[0].cells[0].deviation() == Approx(std::sqrt(7.0)));
  REQUIRE(std::isnan(table.lines[1].cells[0].deviation()));
  REQUIRE(std::isnan(table.lines[1].cells[1].mean()));
  REQUIRE(format_table(table, "md") ==
          "### Title\n\n"
          "| method     | seeds |        top-1 | other |\n"
          "| ---------- | ----: | -----------: | ----: |\n"
          "| dino       |     3 | 43.00 ± 2.65 |     – |\n"
          "| supervised |     1 |        70.00 |     – |\n"
          "\nknn: protocol knn-v1, n = 50\n");
}

TEST_CASE("the other formats escape what is special in them", "[table]") {
  TableLayout layout = kLayout;
  layout.group = {"experiment", "backbone"};
  const Table table = build_table(layout, {made("a,\"b\"<c>", 0, 40), made("a,\"b\"<c>", 1, 41)});
  REQUIRE(format_table(table, "csv") ==
          "experiment,backbone,seeds,knn/k20_top1 mean,knn/k20_top1 std,knn/k20_top1 n,"
          "linear/top1 mean,linear/top1 std,linear/top1 n\n"
          "\"e|a,\"\"b\"\"<c>\",vit_nano,2,40.5,0.7071067811865476,2,,,0\n");
  REQUIRE_THAT(format_table(table, "html"),
               Catch::Contains("<td>e|a,&quot;b&quot;&lt;c&gt;</td><td>vit_nano</td><td>2</td>"));
  REQUIRE_THAT(format_table(table, "tex"),
               Catch::Contains("vit\\_nano & 2 & 40.50 $\\pm$ 0.71 & --"));
  REQUIRE_THAT(format_table(table, "md"), Catch::Contains("e\\|a"));
}

TEST_CASE("two protocols never share a column", "[table]") {
  REQUIRE_THROWS_WITH(
      build_table(kLayout, {made("dino", 0, 40), made("supervised", 0, 50, "knn-v2")}),
      Catch::Contains("knn-v1 in dino0.h5") && Catch::Contains("knn-v2 in supervised0.h5"));
}

TEST_CASE("two records of one row and seed are refused", "[table]") {
  NamedRecord again = made("dino", 0, 40);
  again.file = "again.h5";
  REQUIRE_THROWS_WITH(build_table(kLayout, {made("dino", 0, 40), again}),
                      Catch::Contains("dino0.h5 and again.h5 are both seed 0"));
}

TEST_CASE("the evaluations of one seed may lie in two records", "[table]") {
  NamedRecord linear = made("dino", 0, 0);
  linear.record.eval["linear"] = linear.record.eval["knn"];
  linear.record.eval["linear"].metrics["top1"] = {61, "percent", 50, 0, 0};
  linear.record.eval.erase("knn");
  const Table table = build_table(kLayout, {made("dino", 0, 40), linear});
  REQUIRE(table.lines[0].seeds == 1);
  REQUIRE(table.lines[0].cells[0].mean() == 40);
  REQUIRE(table.lines[0].cells[1].mean() == 61);
}

TEST_CASE("run/hours adds up the records of a seed, run/memory_gib takes the largest", "[table]") {
  std::vector<NamedRecord> records{made("dino", 0, 70), made("dino", 0, 70), made("dino", 1, 72)};
  records[1].record.eval.clear();
  for (NamedRecord& record : records) {
    record.record.attributes["seconds"] = 1800.0;
    record.record.attributes["peak_rss_bytes"] = int64_t{1} << 30;
    record.record.attributes["peak_gpu_bytes"] = int64_t{0};
  }
  records[1].record.attributes["peak_gpu_bytes"] = int64_t{3} << 30;
  TableLayout layout = default_layout();
  layout.columns = {{"hours", "run", "hours"}, {"memory", "run", "memory_gib"}};
  const Table table = build_table(layout, records);
  REQUIRE(table.lines.size() == 1);
  REQUIRE(table.lines[0].cells[0].values == std::vector<double>{1, 0.5});
  REQUIRE(table.lines[0].cells[1].values == std::vector<double>{3, 1});
  records[2].record.attributes.erase("seconds");
  REQUIRE(build_table(layout, records).lines[0].cells[0].values == std::vector<double>{1});
  layout.columns = {{"watts", "run", "watts"}};
  REQUIRE_THROWS_WITH(build_table(layout, records), Catch::Contains("known are run/hours"));
}

TEST_CASE("what did not complete is left out and noted", "[table]") {
  NamedRecord broken = made("dino", 1, 0);
  broken.record.attributes["status"] = "failed";
  broken.record.attributes["error"] = "disk full";
  const Table table = build_table(kLayout, {made("dino", 0, 40), broken});
  REQUIRE(table.lines[0].seeds == 1);
  REQUIRE(table.notes[0] == "left out: dino1.h5 is failed (disk full)");
  REQUIRE_THROWS_WITH(build_table(kLayout, {broken}), Catch::Contains("none of the 1 records"));
  NamedRecord partly = made("dino", 2, 0);
  partly.record.eval["knn"].attributes["status"] = "failed";
  const std::string text = format_table(build_table(kLayout, {made("dino", 0, 40), partly}), "md");
  REQUIRE_THAT(text, Catch::Contains("40.00 (1 of 2)"));
}

TEST_CASE("without columns every metric is shown in natural order", "[table]") {
  const Table table = build_table(default_layout(), {made("dino", 0, 40)});
  REQUIRE(table.columns.size() == 2);
  REQUIRE(table.columns[0].metric == "k20_top1");
  REQUIRE(table.columns[1].metric == "k100_top1");
  REQUIRE(natural_less("k9", "k10"));
  REQUIRE_FALSE(natural_less("k10", "k10"));
  REQUIRE(natural_less("t060", "t61"));
  REQUIRE(natural_less("k" + std::string(400, '8'), "k" + std::string(400, '9')));
  REQUIRE(natural_less("k1e9", "k1e10"));
}

TEST_CASE("a layout file is read, its mistakes are named by line", "[table]") {
  const tiny::Folder folder("layout");
  const std::string path = (folder / "mine.layout").string();
  const auto write = [&](const std::string& text) { std::ofstream(path) << text; };
  write(
      "# comment\ntitle = T\nrow = DINO | method=dino\nrow = Rest | backbone=vit_nano\n"
      "column = top-1 | knn/k20_top1  # and why\n");
  const Table table =
      build_table(read_layout(path), {made("supervised", 0, 50), made("dino", 0, 40)});
  REQUIRE(table.lines[0].labels[0] == "DINO");
  REQUIRE(table.lines[0].cells[0].mean() == 40);
  REQUIRE(table.lines[1].cells[0].mean() == 50);
  write("title = T\ncolum = x | knn/y\n");
  REQUIRE_THROWS_WITH(read_layout(path), Catch::Contains("mine.layout:2: unknown key 'colum'"));
  write("title = T\n");
  REQUIRE_THROWS_WITH(read_layout(path), Catch::Contains("neither"));
}

}  // namespace table_test
}  // namespace dinobench
