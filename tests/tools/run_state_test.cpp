// How runs stand, from folders made by hand.
#include "tools/run_state.hpp"

#include <cmath>
#include <fstream>

#include "core/error.hpp"
#include "core/hdf5_store.hpp"
#include "tests/test.hpp"
#include "tests/train/tiny_run.hpp"
#include "tools/run_state_log.hpp"

namespace dinobench {
namespace run_state_test {

namespace fs = std::filesystem;
using std::chrono::seconds;

// 60 steps of 200, 100 images a step at 10 img/s: ten seconds a step, an epoch is 500 seconds.
RunRecord record_of(const std::string& status, size_t steps = 60) {
  RunRecord record;
  record.attributes = {{"status", status},
                       {"error", ""},
                       {"total_steps", int64_t{200}},
                       {"steps_per_epoch", int64_t{50}},
                       {"global_batch", int64_t{100}},
                       {"uniform_entropy", 4.0}};
  for (size_t i = 0; i < steps; ++i) record.train["step"].push_back(static_cast<double>(i));
  record.train["loss"].assign(steps, 3.5);
  record.train["teacher_entropy"].assign(steps, 2.0);
  record.train["kl"].assign(steps, 0.5);
  record.train["images_per_second"].assign(steps, 10);
  return record;
}

struct Saved {
  tiny::Folder folder{"run_state"};
  RunState state(int64_t after, const std::string& name = "a", double patience = 0) {
    const RunFolder run = find_runs(folder / name).at(0);
    fs::file_time_type saved = fs::file_time_type::min();
    for (const auto& entry : fs::directory_iterator(run.path))
      saved = std::max(saved, fs::last_write_time(entry.path()));
    return read_run_state(run, saved + seconds(after), patience);
  }
};

TEST_CASE("a running run: where it is, how fast, and when it looks dead", "[status]") {
  Saved saved;
  save_record(record_of("running"), saved.folder / "a/run.h5");
  const RunState state = saved.state(100);
  REQUIRE(state.state == "running");
  REQUIRE(state.step == 60);
  REQUIRE(state.total == 200);
  REQUIRE(state.loss == 3.5);
  REQUIRE(state.teacher_entropy == 2.0);
  REQUIRE(state.uniform_entropy == 4.0);
  REQUIRE(state.images_per_second == 10);
  REQUIRE(state.seconds_left == 1400);
  REQUIRE(state.age == Approx(100));
  REQUIRE(state.warnings.empty());
  REQUIRE(saved.state(1499).state == "running");  // three epochs of 500 seconds
  REQUIRE(saved.state(1501).state == "looks dead");
  REQUIRE(saved.state(1501).reason ==
          "no save for 25:01, at its speed one is due every 8:20; the same command goes on from "
          "step 60");
  REQUIRE(saved.state(1501, "a", 1600).state == "running");
  REQUIRE(saved.state(61, "a", 60).state == "looks dead");
}

TEST_CASE("saves inside an epoch are due more often, ten minutes are always given", "[status]") {
  Saved saved;
  RunRecord record = record_of("running");
  record.options["saveckp_every_steps"] = "30";
  save_record(record, saved.folder / "a/run.h5");
  REQUIRE(saved.state(899).state == "running");
  REQUIRE(saved.state(901).state == "looks dead");
  record.options["saveckp_every_minutes"] = "1";
  save_record(record, saved.folder / "a/run.h5");
  REQUIRE(saved.state(599).state == "running");
  REQUIRE(saved.state(601).state == "looks dead");
}

TEST_CASE("collapse and losses that are not finite are warned about as in training", "[status]") {
  Saved saved;
  RunRecord record = record_of("failed");
  record.attributes["error"] = "the loss is not finite at step 60";
  record.train["teacher_entropy"].assign(60, 3.9999);
  record.train["loss"].back() = std::nan("");
  save_record(record, saved.folder / "a/run.h5");
  const RunState state = saved.state(5000);
  REQUIRE(state.state == "failed");
  REQUIRE(state.reason == "the loss is not finite at step 60");
  REQUIRE(state.warnings.size() == 2);
  REQUIRE_THAT(state.warnings[0], Catch::Contains("collapse to the uniform output"));
  REQUIRE_THAT(state.warnings[1], Catch::Contains("not finite since step 59"));
}

TEST_CASE("of `run` the record beside the work folder has the last word", "[status]") {
  Saved saved;
  fs::create_directories(saved.folder / "a_work");
  REQUIRE(read_run_state(find_runs(saved.folder / "").at(0), {}, 0).state == "not begun");
  save_record(record_of("running", 200), saved.folder / "a_work/run.h5");
  REQUIRE(saved.state(1'000'000, "a_work").state == "evaluating");
  RunRecord done = record_of("completed", 200);
  done.eval["knn"].attributes["status"] = "completed";
  done.eval["video"].attributes["status"] = "not_applicable";
  save_record(done, saved.folder / "a.h5");
  const RunState state = saved.state(10, "");
  REQUIRE(state.state == "completed");
  REQUIRE(state.evaluations == std::vector<std::string>{"knn", "video (not_applicable)"});
  // Training that began again after the record was written.
  save_record(record_of("running"), saved.folder / "a_work/run.h5");
  fs::last_write_time(saved.folder / "a.h5",
                      fs::last_write_time(saved.folder / "a_work/run.h5") - seconds(9));
  REQUIRE(saved.state(10, "a_work").state == "running");
}

TEST_CASE("damage is said, and what holds no run is refused", "[status]") {
  Saved saved;
  fs::create_directories(saved.folder / "a");
  REQUIRE_THROWS_WITH(find_runs(saved.folder / "a"), Catch::Contains("no run in it"));
  REQUIRE_THROWS_WITH(find_runs(saved.folder / "b"), Catch::Contains("expected a folder"));
  std::ofstream(saved.folder / "a/run.h5") << "not HDF5";
  REQUIRE(saved.state(1).state == "unreadable");
  REQUIRE_THAT(saved.state(1).reason, Catch::Contains("run.h5"));
}

TEST_CASE("without run.h5 the last line of log.txt is what is known", "[status]") {
  Saved saved;
  fs::create_directories(saved.folder / "a");
  const std::string log =
      "{\"train_loss\": 7.5, \"train_lr\": 0.1, \"epoch\": 0}\n"
      "{\"train_loss\": 6.25, \"train_lr\": 0.1, \"epoch\": 1}\n";
  std::ofstream(saved.folder / "a/log.txt") << log << "{\"train_loss\": 6.0, \"epo";
  const RunState state = saved.state(1);
  REQUIRE(state.state == "no run.h5");
  REQUIRE(state.loss == 6.25);
  REQUIRE(state.reason == "log.txt ends with epoch 1");
  REQUIRE(std::isnan(last_epoch("{\"train_loss\": NaN, \"epoch\": 4}").loss));
  REQUIRE(last_epoch("{\"train_loss\": NaN, \"epoch\": 4}").epoch == 4);
  REQUIRE(last_epoch("\n\nwords\n").epoch == -1);
}

}  // namespace run_state_test
}  // namespace dinobench
