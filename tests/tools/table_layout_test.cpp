// Rows by query, published figures, and every layout of the repository.
#include "tools/table_layout.hpp"

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "core/error.hpp"
#include "eval/evaluation.hpp"
#include "methods/method.hpp"
#include "tests/test.hpp"
#include "tests/train/tiny_run.hpp"
#include "tools/table_format.hpp"
#include "train/trainer.hpp"

namespace dinobench {
namespace table_layout_test {

RunRecord record_of(std::map<std::string, std::string> options) {
  RunRecord record;
  record.attributes = {{"method", "dino"}, {"world_size", int64_t{4}}};
  record.options = std::move(options);
  return record;
}

TEST_CASE("a query looks at attributes and options", "[table]") {
  const RunRecord record = record_of({{"teacher_temp", "0.040"}, {"global_crops_scale", "0.4 1"}});
  const auto holds = [&](const std::string& text) { return fits(record, parse_query(text, "q")); };
  REQUIRE(holds("method=dino"));
  REQUIRE_FALSE(holds("method=supervised"));
  REQUIRE(holds("method=supervised,dino"));
  REQUIRE(holds("method!=supervised teacher_temp=0.04"));
  REQUIRE_FALSE(holds("method!=dino"));
  REQUIRE(holds("global_crops_scale=\"0.4 1\""));
  REQUIRE_FALSE(holds("centering=center"));
  REQUIRE(holds("centering=center,"));
  REQUIRE_THROWS_WITH(parse_query("method", "f:3"), Catch::Contains("f:3: expected field=value"));
  REQUIRE_THROWS_WITH(parse_query("a=\"b", "f:3"), Catch::Contains("a quote is not closed"));
  REQUIRE_THROWS_WITH(parse_query(" ", "f:3"), Catch::Contains("found none"));
}

TEST_CASE("the batch is global, and an evaluation's options go by its name", "[table]") {
  RunRecord record = record_of({{"batch_size_per_gpu", "32"}, {"accumulate_steps", "2"}});
  REQUIRE(record_field(record, "batch_size") == "256");
  record.options.erase("batch_size_per_gpu");
  REQUIRE(record_field(record, "batch_size") == "");
  record.options["dataset"] = "roxford5k";
  REQUIRE(record_field(record, "retrieval.dataset") == "");
  record.eval["retrieval"] = {};
  REQUIRE(record_field(record, "retrieval.dataset") == "roxford5k");
}

NamedRecord measured(const std::string& backbone, double top1) {
  RunRecord record;
  record.attributes = {
      {"status", "completed"}, {"method", "dino"}, {"backbone", backbone}, {"seed", int64_t{0}}};
  record.eval["knn"].attributes = {{"status", "completed"}, {"protocol", "knn-v1"}};
  record.eval["knn"].metrics["k20_top1"] = {top1, "percent", 50, 0, 0};
  return {backbone + ".h5", record};
}

TableLayout parsed(const std::string& text) {
  const tiny::Folder folder("layouts");
  const std::string path = (folder / "mine.layout").string();
  std::ofstream(path) << text;
  return read_layout(path);
}

TEST_CASE("published figures stand beside ours, missing rows are missing", "[table]") {
  const TableLayout layout = parsed(
      "column = top-1 | knn/k20_top1\n"
      "row = small | backbone=vit_small\n"
      "row = base | backbone=vit_base\n"
      "row = BYOL\n"
      "row = small | backbone=vit_nano\n"
      "published = small | top-1 | 74.5 | A 2021\n"
      "published = BYOL | top-1 | 66.6 | B 2020\n");
  REQUIRE(layout.rows.size() == 3);
  const std::string expected =
      "|        | seeds |   top-1 | top-1, published |\n"
      "| ------ | ----: | ------: | ---------------: |\n"
      "| small  |     1 |   40.00 |             74.5 |\n"
      "| base   |     0 | missing |                – |\n"
      "| BYOL † |     0 |       – |             66.6 |\n"
      "\nnetworks: vit_nano\n"
      "\npublished: A 2021; B 2020\n"
      "\n† published figures only\n"
      "\nmissing: no record fits the row\n"
      "\nknn: protocol knn-v1, n = 50\n";
  const std::vector<NamedRecord> records{measured("vit_nano", 40)};
  const Table table = build_table(layout, records);
  REQUIRE(format_table(table, "md") == expected);
  REQUIRE(format_table(table, "csv") ==
          ",seeds,knn/k20_top1 mean,knn/k20_top1 std,knn/k20_top1 n,knn/k20_top1 published\n"
          "small,1,40,,1,74.5\nbase,0,,,0,\nBYOL,0,,,0,66.6\n");
  REQUIRE_THAT(format_table(table, "tex"),
               Catch::Contains("BYOL $^\\dagger$ & 0 & -- & 66.6 \\\\\n\\bottomrule"));
}

TEST_CASE("a grouped table gets rows of its own for what is only published", "[table]") {
  const TableLayout layout = parsed(
      "group = method backbone\ncolumn = top-1 | knn/k20_top1\n"
      "published = dino/vit_nano | top-1 | 41.5 | A\npublished = byol/resnet50 | top-1 | 9 | A\n");
  const std::vector<NamedRecord> records{measured("vit_nano", 40)};
  const Table table = build_table(layout, records);
  REQUIRE(table.lines.size() == 2);
  REQUIRE(table.lines[0].cells[0].published == "41.5");
  REQUIRE(table.lines[1].labels == std::vector<std::string>{"byol", "resnet50"});
  REQUIRE(table.lines[1].state == TableLine::State::published_only);
}

TEST_CASE("mistakes of a layout are named", "[table]") {
  const auto refused = [](const std::string& text, const std::string& message) {
    REQUIRE_THROWS_WITH(parsed("column = c | knn/k20_top1\n" + text), Catch::Contains(message));
  };
  refused("row = a | method=dino\npublished = b | c | 1 | s\n", "names row 'b'");
  refused("row = a | method=dino\npublished = a | d | 1 | s\n", "names column 'd'");
  refused("row = a | method=dino\npublished = a | c | much | s\n", "'much'");
  refused("row = a | method=dino\npublished = a | c | 1 |\n", "expected a source");
  refused("row = a | method=dino\npublished = a | c | 1\n", "expected '|'");
  refused("row = a\n", "row 'a' has neither conditions nor published figures");
  refused("row = a | method=dino\nrow = a\n", "row 'a' is there already");
  refused("column = c | knn/k1_top1\ngroup = method\n", "column 'c' is there already");
}

// What each evaluation's metrics look like.
const std::map<std::string, std::string> kMetrics{
    {"knn", "k[0-9]+_top[15]"},
    {"linear", "(best_)?top1|top5"},
    {"logistic", "(holdout_)?top1|top5"},
    {"classifier", "top[15]"},
    {"retrieval", "(easy|medium|hard)_(mAP|mP1|mP5|mP10)"},
    {"copy_detection", "[a-z0-9_]+_(mAP|full_mAP|uAP)"},
    {"attention", "((mean_head|head[0-9]+)_)?jaccard_t[0-9]+"},
    {"video", "[JF]_(mean|recall|decay)|JF_mean"},
    {"run", "hours|memory_gib"}};

// What a record can be asked for: its attributes, and the options of trainings and evaluations.
std::set<std::string> known_fields() {
  std::set<std::string> out{"method", "backbone",  "experiment", "dataset",   "seed",
                            "device", "precision", "batch_size", "world_size"};
  const auto add = [&](const auto& read) {
    Options options;
    read(options);
    for (const auto& [name, value] : options.used()) out.insert(name);
  };
  TrainConfig train;
  add([&](Options& options) { read_options(options, train); });
  for (const std::string& name : Methods::names()) add(Methods::find(name).describe);
  for (const std::string& name : Evaluations::names()) {
    const auto make = Evaluations::find(name).make;
    add([&](Options& options) { make(options, ""); });
    add([&](Options& options) {
      const Options::Prefix scope(options, name + ".");
      make(options, "");
    });
  }
  return out;
}

TEST_CASE("every layout of the repository parses and asks for what there is", "[table]") {
  int64_t layouts = 0;
  const std::set<std::string> fields = known_fields();
  REQUIRE(fields.contains("knn.nb_knn"));
  REQUIRE_FALSE(fields.contains("patch_sise"));
  for (const auto& entry :
       std::filesystem::directory_iterator(DINOBENCH_SOURCE "/experiments/layouts")) {
    INFO(entry.path().string());
    const TableLayout layout = read_layout(entry.path().string());
    ++layouts;
    REQUIRE_FALSE(layout.title.empty());
    for (const TableColumn& column : layout.columns) {
      INFO(column.evaluation << "/" << column.metric);
      REQUIRE((column.evaluation == "run" || Evaluations::has(column.evaluation)));
      REQUIRE(kMetrics.contains(column.evaluation));
      REQUIRE(std::regex_match(column.metric, std::regex(kMetrics.at(column.evaluation))));
    }
    for (const TableRow& row : layout.rows)
      for (const RecordQuery& query : row.queries)
        for (const RecordCondition& condition : query) {
          INFO(row.title << ": no record has a field '" << condition.field << "'");
          REQUIRE(fields.contains(condition.field));
          for (const std::string& value : condition.values) {
            INFO(row.title << ": " << condition.field << "=" << value);
            if (condition.field == "method") REQUIRE(Methods::has(value));
            if (condition.field == "backbone") REQUIRE(Backbones::has(value));
          }
        }
    for (const PublishedValue& value : layout.published) REQUIRE(std::stod(value.text) <= 100);
  }
  REQUIRE(layouts >= 22);
}

}  // namespace table_layout_test
}  // namespace dinobench
