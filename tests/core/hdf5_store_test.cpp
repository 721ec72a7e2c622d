// Records to HDF5 and back.
#include "core/hdf5_store.hpp"

#include <cmath>

#include "core/hdf5_file.hpp"
#include "tests/core/support.hpp"

namespace dinobench {
namespace {

RunRecord full_record() {
  RunRecord record;
  record.attributes = {
      {"status", std::string("completed")}, {"seed", int64_t{3}}, {"seconds", 1.5}};
  record.options = {{"lr", "0.0005"}, {"linear.epochs", "100"}, {"title", ""}};
  record.train = {
      {"loss", {3, 2, 1}}, {"norms/backbone.blocks.0.attn.qkv.weight", {1, 2, 3}}, {"step", {}}};
  EvaluationRecord knn;
  knn.attributes = {{"protocol", std::string("knn/1")}};
  knn.metrics = {{"k20_top1", {74.5, "percent", 10000, 73, 76}},
                 {"k10_top1", {70, "percent", 10, NAN, NAN}}};
  knn.raw = {{"labels", {{2}, std::vector<int64_t>{1, 0}}},
             {"paths", {{2}, std::vector<std::string>{"a.png", "b.png"}}}};
  record.eval = {{"knn", knn},
                 {"attention", {{{"status", std::string("not_applicable")}}, {}, {}}}};
  return record;
}

}  // namespace

TEST_CASE("a record comes back whole") {
  const TemporaryFolder folder;
  RunRecord record = full_record();
  save_record(record, folder / "run.h5");
  const RunRecord read = load_record(folder / "run.h5");
  record.attributes["schema_version"] = record_schema_version;
  REQUIRE(read.attributes == record.attributes);
  REQUIRE(read.options == record.options);
  REQUIRE(read.train == record.train);
  REQUIRE(read.eval.size() == 2);
  REQUIRE(read.eval.at("attention").attributes == record.eval.at("attention").attributes);
  const EvaluationRecord& knn = read.eval.at("knn");
  REQUIRE(knn.attributes == record.eval.at("knn").attributes);
  REQUIRE(knn.metrics.at("k20_top1").value == 74.5);
  REQUIRE(knn.metrics.at("k20_top1").unit == "percent");
  REQUIRE(knn.metrics.at("k20_top1").n == 10000);
  REQUIRE(knn.metrics.at("k20_top1").ci_low == 73);
  REQUIRE(knn.metrics.at("k20_top1").ci_high == 76);
  REQUIRE(std::isnan(knn.metrics.at("k10_top1").ci_low));
  REQUIRE(knn.raw.at("labels").values == record.eval.at("knn").raw.at("labels").values);
  REQUIRE(knn.raw.at("paths").values == record.eval.at("knn").raw.at("paths").values);
}

TEST_CASE("the layout is the contract's") {
  const TemporaryFolder folder;
  save_record(full_record(), folder / "run.h5");
  const Hdf5Reader file(folder / "run.h5");
  REQUIRE(file.children("/") == std::vector<std::string>{"eval", "options", "train"});
  REQUIRE(file.has("/train/norms/backbone.blocks.0.attn.qkv.weight"));
  REQUIRE(file.shape("/eval/knn/metrics/k20_top1").empty());
  REQUIRE(file.attributes("/eval/knn/metrics/k20_top1").size() == 4);
  REQUIRE(file.has("/eval/knn/raw/paths"));
  REQUIRE(std::get<std::string>(file.attributes("/eval/knn").at("protocol")) == "knn/1");
}

TEST_CASE("h5py finds in a record what the contract promises") {
  if (!python_has("h5py")) return;
  const TemporaryFolder folder;
  save_record(full_record(), folder / "run.h5");
  REQUIRE(run_python("tests/core/hdf5_peer.py check_record " + (folder / "run.h5").string()));
}

TEST_CASE("an empty record is a record") {
  const TemporaryFolder folder;
  save_record({}, folder / "run.h5");
  const RunRecord read = load_record(folder / "run.h5");
  REQUIRE(read.options.empty());
  REQUIRE(read.train.empty());
  REQUIRE(read.eval.empty());
}

TEST_CASE("what is no record, or a newer one, is refused by name") {
  const TemporaryFolder folder;
  const auto written = [&](auto write) {
    Hdf5Writer file(folder / "x.h5");
    write(file);
    file.commit();
    return error_of([&] { load_record(folder / "x.h5"); });
  };
  const std::string name = "2: " + (folder / "x.h5").string() + ": ";
  REQUIRE(written([](Hdf5Writer&) {}) == name + "not a record of dinobench (no schema_version)");
  REQUIRE(written([](Hdf5Writer& file) { file.attribute("/", "schema_version", int64_t{2}); }) ==
          name + "schema version 2 is newer than 1, the newest known here");
  REQUIRE(written([](Hdf5Writer& file) {
            file.attribute("/", "schema_version", int64_t{1});
            file.text("/train/loss", "low");
          }) == name + "/train/loss: not a float64 series");
  REQUIRE(written([](Hdf5Writer& file) {
            file.attribute("/", "schema_version", int64_t{1});
            file.scalar("/eval/knn/metrics/top1", 1);
          }) == name + "/eval/knn/metrics/top1: attribute 'unit' is missing or of another type");
  REQUIRE(error_of([&] { load_record(folder / "none.h5"); }) ==
          "2: " + (folder / "none.h5").string() + ": No such file or directory");
}

}  // namespace dinobench
