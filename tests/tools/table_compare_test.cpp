// Comparisons of rows from records made by hand.
#include "tools/table_compare.hpp"

#include "core/error.hpp"
#include "tests/test.hpp"
#include "tools/table_format.hpp"

namespace dinobench {
namespace table_compare_test {

using Whole = std::vector<int64_t>;
using Names = std::vector<std::string>;

const TableLayout kLayout{
    "", {"method"}, {}, {{"top-1", "knn", "k20_top1"}, {"micro", "knn", "k20_top5"}}, {}};

// `hits`: one character an image, '1' for a right answer. top5 has no answers by image.
NamedRecord made(const std::string& method, int64_t seed, const std::string& hits, double top5,
                 const std::string& data = "set") {
  RunRecord record;
  record.attributes = {{"status", "completed"}, {"method", method}, {"seed", seed}};
  EvaluationRecord& knn = record.eval["knn"];
  knn.attributes = {{"status", "completed"}, {"protocol", "knn-v1"}, {"dataset_fingerprint", data}};
  Whole labels, answers;
  Names paths;
  double right = 0;
  for (size_t i = 0; i < hits.size(); ++i) {
    labels.push_back(static_cast<int64_t>(i));
    answers.push_back(static_cast<int64_t>(hits[i] == '1' ? i : i + 1));
    paths.push_back(fmt::format("{}.png", i));
    right += hits[i] == '1' ? 1 : 0;
  }
  const auto n = static_cast<int64_t>(hits.size());
  knn.raw = {
      {"labels", {{n}, labels}}, {"k20_predictions", {{n}, answers}}, {"paths", {{n}, paths}}};
  knn.metrics["k20_top1"] = {100 * right / static_cast<double>(n), "percent", n, 0, 0};
  knn.metrics["k20_top5"] = {top5, "percent", n, 0, 0};
  return {fmt::format("{}{}.h5", method, seed), record};
}

const TableCell& cell(const Table& table, const std::string& method, size_t column) {
  for (const TableLine& line : table.lines)
    if (line.labels[0] == method) return line.cells[column];
  FAIL("no line " << method);
  throw;
}

TEST_CASE("images are paired, and their differences averaged over seeds", "[table]") {
  // Seed 0: better on images 0 to 4, worse on none. Seed 1: better on image 0, worse on image 5.
  const std::vector<NamedRecord> records{made("a", 0, "11111100", 80), made("a", 1, "11111000", 82),
                                         made("b", 0, "00000100", 70),
                                         made("b", 1, "01111100", 73)};
  Table table = build_table(kLayout, records);
  compare_lines(table, "b");
  // Differences 100, 50, 50, 50, 50, -50, 0, 0: the sum is 250 of at most 350. With the 100 as it
  // is, five halves may sum to 150 or more: 1 pattern makes 250, 5 make 150. 2 x 6 of 64.
  const TableComparison found = *cell(table, "a", 0).comparison;
  REQUIRE(found.over_items);
  REQUIRE(found.pairs == 8);
  REQUIRE(found.difference == Approx(250.0 / 8));
  REQUIRE(found.p == 12.0 / 64);
  // Two seeds' values, 10 and 9: p cannot be below one half.
  const TableComparison seeds = *cell(table, "a", 1).comparison;
  REQUIRE_FALSE(seeds.over_items);
  REQUIRE(seeds.pairs == 2);
  REQUIRE(seeds.difference == Approx(9.5));
  REQUIRE(seeds.p == 0.5);
  // Holm over the two tests: 2 x 12 / 64, then at least that, 0.5.
  REQUIRE(found.p_holm == 24.0 / 64);
  REQUIRE(seeds.p_holm == 0.5);
  REQUIRE_FALSE(cell(table, "b", 0).comparison);
}

TEST_CASE("a clear difference is marked, in every format", "[table]") {
  const std::string right(12, '1'), wrong(12, '0');
  const std::vector<NamedRecord> records{made("a", 0, right, 80), made("b", 0, wrong, 70),
                                         made("c", 0, "110000000000", 70)};
  Table table = build_table(kLayout, records);
  compare_lines(table, "b");
  // 2 of 4,096 patterns, times 2 tests: below 0.01. The other: 2 of 4.
  REQUIRE(cell(table, "a", 0).comparison->p_holm == 2 * 2.0 / 4096);
  REQUIRE(significance(cell(table, "a", 0)) == "**");
  REQUIRE(significance(cell(table, "c", 0)) == "");
  REQUIRE_FALSE(cell(table, "a", 1).comparison);  // one seed, nothing by image
  REQUIRE_THAT(format_table(table, "md"),
               Catch::Contains("| a      |     1 | 100.00 ** | 80.00 |"));
  REQUIRE_THAT(format_table(table, "md"), Catch::Contains("compared with b: * p < 0.05"));
  REQUIRE_THAT(format_table(table, "tex"), Catch::Contains("100.00$^{\\ast\\ast}$ & 80.00"));
  REQUIRE_THAT(format_table(table, "csv"),
               Catch::Contains("a,1,100,,1,100,0.00048828125,0.0009765625,12,item,80,,1,,,,,\n"));
  Table again = build_table(kLayout, records);
  compare_lines(again, "b");
  REQUIRE(format_table(again, "csv") == format_table(table, "csv"));
}

TEST_CASE("other images are no pairs: seeds are compared instead", "[table]") {
  const std::vector<NamedRecord> records{made("a", 0, "1111", 80), made("a", 1, "1111", 80),
                                         made("b", 0, "0000", 70, "another"),
                                         made("b", 1, "0000", 70)};
  Table table = build_table(kLayout, records);
  compare_lines(table, "b");
  REQUIRE_FALSE(cell(table, "a", 0).comparison->over_items);
  REQUIRE(cell(table, "a", 0).comparison->pairs == 2);
}

TEST_CASE("seeds that only one row has are no pairs", "[table]") {
  const std::vector<NamedRecord> records{made("a", 0, "1111", 80), made("b", 1, "0000", 70)};
  Table table = build_table(kLayout, records);
  compare_lines(table, "b");
  REQUIRE_FALSE(cell(table, "a", 0).comparison);
  REQUIRE_THROWS_WITH(compare_lines(table, "bb"),
                      Catch::Contains("no such row, did you mean 'b'?; rows: a, b"));
}

}  // namespace table_compare_test
}  // namespace dinobench
