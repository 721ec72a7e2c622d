// Provenance and settings that every command shares.
#include "tools/session.hpp"

#include <ATen/Parallel.h>

#include "tests/test.hpp"
#include "tools/build_info.hpp"

namespace dinobench {
namespace session_test {

struct Bench {
  std::unique_ptr<Communicator> comm = make_self_communicator();
  Console console{false, true};
  Session session{*comm, console, "dinobench test --seed 3"};
  RunRecord record;

  RunContext open(std::vector<std::string> words) {
    words.insert(words.end(), {"--threads", std::to_string(at::get_num_threads())});
    Options options(words);
    RunSettings settings;
    read_options(options, settings);
    ready(options, session);
    return open_context(settings, session, record);
  }
};

TEST_CASE("an open record holds every provenance attribute of the contract", "[session]") {
  Bench bench;
  const RunContext context = bench.open({"--seed", "3"});
  for (const char* name : {"schema_version", "status",
                           "error",          "experiment",
                           "method",         "backbone",
                           "dataset",        "seed",
                           "git_commit",     "git_dirty",
                           "host",           "device",
                           "world_size",     "threads",
                           "precision",      "torch_version",
                           "cuda_version",   "hdf5_version",
                           "mpi_version",    "started_utc",
                           "seconds",        "peak_rss_bytes",
                           "peak_gpu_bytes", "command_line",
                           "weights_sha256", "dataset_fingerprint"}) {
    INFO(name);
    REQUIRE(bench.record.attributes.contains(name));
  }
  REQUIRE(context.seed == 3);
  REQUIRE(bench.record.text("status") == "running");
  REQUIRE(bench.record.text("command_line") == "dinobench test --seed 3");
  REQUIRE(bench.record.text("precision") == "fp32");
  REQUIRE(bench.record.text("started_utc").size() == 27);
  const std::string commit = build_info.git_commit;
  REQUIRE((commit == "unknown" || commit.size() == 40));
}

TEST_CASE("closing a record states the end, the time and the memory", "[session]") {
  Bench bench;
  bench.open({});
  close_record(bench.record);
  REQUIRE(bench.record.text("status") == "completed");
  const double seconds = std::get<double>(bench.record.attributes.at("seconds"));
  REQUIRE(seconds > 0);
  REQUIRE(seconds < 60);
  REQUIRE(std::get<int64_t>(bench.record.attributes.at("peak_rss_bytes")) > 10'000'000);
  close_record(bench.record, "disk full");
  REQUIRE(bench.record.text("status") == "failed");
  REQUIRE(bench.record.text("error") == "disk full");
}

TEST_CASE("precision decides the dtype, and what the CPU lacks is refused", "[session]") {
  Bench bench;
  REQUIRE(bench.open({"--precision", "fp64", "--device", "cpu"}).dtype == c10::ScalarType::Double);
  REQUIRE_THROWS_WITH(bench.open({"--precision", "bf16", "--device", "cpu"}),
                      Catch::Contains("needs --device cuda"));
  REQUIRE_THROWS_WITH(bench.open({"--seed", "-1"}), Catch::Contains("0 or more"));
  if (std::string(build_info.cuda_version) == "none")
    REQUIRE_THROWS_WITH(bench.open({"--device", "cuda"}), Catch::Contains("CPU build"));
}

}  // namespace session_test
}  // namespace dinobench
