// Provenance and settings that every command shares.
#include "tools/session.hpp"

#include <ATen/Parallel.h>

#include <cstdlib>

#include "comm/gpu.hpp"
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
  for (const char* half : {"bf16", "fp16"}) {
    const RunContext context = bench.open({"--precision", half, "--device", "cpu"});
    REQUIRE(context.dtype == c10::ScalarType::Float);  // of the parameters
    REQUIRE(name_of(context.precision) == half);
    REQUIRE(bench.record.text("precision") == half);
  }
  REQUIRE_THROWS_WITH(bench.open({"--seed", "-1"}), Catch::Contains("0 or more"));
  REQUIRE_THROWS_WITH(bench.open({"--device", "cpu", "--comm", "nccl"}),
                      Catch::Contains("--comm nccl needs --device cuda"));
  if (visible_gpus().count == 0)
    REQUIRE_THROWS_WITH(bench.open({"--device", "cuda"}), Catch::Contains("no GPU is visible"));
  if (cuda_build_version() == "none")
    REQUIRE_THROWS_WITH(bench.open({"--device", "cuda"}), Catch::Contains("CPU build"));
}

TEST_CASE("auto takes a GPU and bf16 where there is one, and the record names it", "[session]") {
  Bench bench;
  const RunContext context = bench.open({});
  const bool gpu = visible_gpus().count > 0;
  REQUIRE(context.device.is_cuda() == gpu);
  REQUIRE(bench.record.text("precision") == (gpu ? "bf16" : "fp32"));
  REQUIRE((bench.record.text("gpu") == "none") == !gpu);
  REQUIRE(bench.record.text("comm") == "self");
  if (gpu) {
    const at::Tensor held = at::zeros({1 << 20}, at::TensorOptions().device(context.device));
    close_record(bench.record);
    REQUIRE(std::get<int64_t>(bench.record.attributes.at("peak_gpu_bytes")) >= 4 << 20);
    REQUIRE_THROWS_WITH(bench.open({"--precision", "fp64"}), Catch::Contains("on the CPU"));
  }
}

// fp32 means fp32: convolutions would use TF32 by torch's own default.
TEST_CASE("numerics of CUDA follow --deterministic", "[session]") {
  Bench bench;
  const at::Context& torch = at::globalContext();
  for (const bool fixed : {true, false}) {
    bench.open({"--device", "cpu", "--deterministic", fixed ? "true" : "false"});
    REQUIRE_FALSE(torch.allowTF32CuBLAS());
    REQUIRE_FALSE(torch.allowTF32CuDNN());
    REQUIRE(torch.benchmarkCuDNN() == !fixed);
    REQUIRE(torch.deterministicCuDNN() == fixed);
    REQUIRE(torch.deterministicAlgorithms() == fixed);
    REQUIRE(torch.userEnabledCuDNNSDP() == !fixed);
    if (fixed) REQUIRE(std::string(std::getenv("CUBLAS_WORKSPACE_CONFIG")) == ":4096:8");
  }
}

}  // namespace session_test
}  // namespace dinobench
