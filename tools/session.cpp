// Threads, device and precision from options; the provenance of a record.
#include "tools/session.hpp"

#include <ATen/Parallel.h>
#include <sys/resource.h>
#include <torch/version.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "backbones/kernel_call.hpp"
#include "comm/gpu.hpp"
#include "comm/transport.hpp"
#include "core/error.hpp"
#include "core/form.hpp"
#include "core/heap.hpp"
#include "tools/build_info.hpp"
#include "tools/device.hpp"
#include "train/kernel_check.hpp"

namespace dinobench {
namespace {

using SystemClock = std::chrono::system_clock;

int64_t microseconds_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             SystemClock::now().time_since_epoch())
      .count();
}

// "2025-03-01T09:30:00.123456Z"
std::string utc_text(int64_t microseconds) {
  const std::time_t seconds = microseconds / 1'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return fmt::format("{}.{:06d}Z", text, microseconds % 1'000'000);
}

double seconds_since(const std::string& started_utc) {
  std::tm parts{};
  const char* rest = strptime(started_utc.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return 0;
  const double fraction = *rest == '.' ? std::atof(rest) : 0;
  return static_cast<double>(microseconds_now()) * 1e-6 -
         (static_cast<double>(timegm(&parts)) + fraction);
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

// A launcher that binds a rank to some cores has shared them out already.
int64_t default_threads(const Communicator& comm) {
  if (const char* asked = std::getenv("OMP_NUM_THREADS"); asked != nullptr) {
    const int64_t count = std::atoll(asked);
    if (count > 0) return count;
  }
  const int64_t usable = std::thread::hardware_concurrency();
  const bool bound = usable < sysconf(_SC_NPROCESSORS_ONLN);
  return std::max<int64_t>(1, bound ? usable : usable / comm.local_size());
}

void apply_threads(int64_t threads) {
  at::set_num_threads(static_cast<int>(threads));
  if (at::get_num_interop_threads() != 1) at::set_num_interop_threads(1);
}

/// Kernels that do not what they should on this device are not used at all.
void distrust_kernels(c10::Device device, Console& console) {
  if (!has_kernels(device)) return;
  const std::string problem = kernel_problem(device);
  if (problem.empty()) return;
  console.warn("GPU kernels are not used here: " + problem);
  use_kernels(false);
}

void describe_software(Attributes& attributes, const Communicator& comm) {
  attributes["git_commit"] = build_info.git_commit;
  attributes["git_dirty"] = build_info.git_dirty;
  attributes["torch_version"] = TORCH_VERSION;
  attributes["cuda_version"] = cuda_build_version();
  attributes["hdf5_version"] = build_info.hdf5_version;
  attributes["mpi_version"] = comm.version();
}

void describe_run(Attributes& attributes, const RunSettings& settings, const Session& session) {
  attributes["schema_version"] = record_schema_version;
  attributes["status"] = "running";
  attributes["error"] = "";
  attributes["seed"] = settings.seed;
  attributes["host"] = host_name();
  attributes["world_size"] = static_cast<int64_t>(session.comm.size());
  attributes["threads"] = static_cast<int64_t>(at::get_num_threads());
  attributes["started_utc"] = utc_text(microseconds_now());
  attributes["seconds"] = 0.0;
  attributes["peak_rss_bytes"] = int64_t{0};
  attributes["peak_gpu_bytes"] = int64_t{0};
  attributes["command_line"] = session.command_line;
  // The command that knows them overwrites these.
  for (const char* name :
       {"experiment", "method", "backbone", "dataset", "dataset_fingerprint", "weights_sha256"})
    attributes.emplace(name, "");
}

}  // namespace

void ready(Options& options, Session& session) {
  if (options.help_requested()) {
    session.console.line(options.help());
    throw HelpShown{};
  }
  for (const std::string& warning : options.finish()) session.console.warn(warning);
}

void read_options(Options& options, RunSettings& settings) {
  options.get("seed", settings.seed, "of every random draw");
  options.choose("device", settings.device, {"auto", "cpu", "cuda"}, "where the model runs");
  options.choose("precision", settings.precision, {"auto", "fp32", "fp64", "bf16", "fp16"},
                 "of parameters and compute; auto: fp32 on the CPU, bf16 on CUDA");
  options.choose("comm", settings.transport, {"auto", "mpi", "nccl"},
                 "how gradients travel between ranks; auto: NCCL with a GPU for each rank");
  options.get("threads", settings.threads,
              "compute threads of a rank; 0: OMP_NUM_THREADS, else cores / local ranks");
  options.get("num_workers", settings.num_workers,
              "decoding threads of a rank; 0: as many as compute threads");
  options.get("timeout", settings.timeout,
              "seconds to wait for a rank before the job ends and names it; 0: for ever");
  options.get(
      "reference_math", settings.reference_math,
      "every fast path off: plain code, and torch's operations in the reference's own order");
  options.get("gpu_kernels", settings.gpu_kernels,
              "own GPU kernels where this build has them; false: torch's operations");
  options.get("deterministic", settings.deterministic, "only deterministic algorithms on CUDA");
  options.ignore("use_cuda", "--device chooses the device", -1);
  options.ignore("use_fp16", "--precision chooses the precision", -1);
  options.ignore("dist_url", "ranks come from mpirun");
  options.ignore("local_rank", "ranks come from mpirun");
  require(settings.seed >= 0, "--seed {}: expected 0 or more", settings.seed);
  require(settings.timeout >= 0, "--timeout {}: expected 0 or more", settings.timeout);
  require(settings.threads >= 0, "--threads {}: expected 0 or more", settings.threads);
  require(settings.num_workers >= 0, "--num_workers {}: expected 0 or more", settings.num_workers);
}

RunContext open_context(const RunSettings& settings, Session& session, RunRecord& record) {
  keep_freed_memory();
  use_reference_math(settings.reference_math);
  apply_threads(settings.threads > 0 ? settings.threads : default_threads(session.comm));
  prepare_cuda(settings.deterministic);
  const c10::Device device = choose_device(settings.device, settings.precision, session.comm);
  const Precision precision = choose_precision(settings.precision, device);
  const Transport transport = attach_transport(settings.transport, session.comm, device);
  if (!transport.warning.empty()) session.console.warn(transport.warning);
  use_kernels(settings.gpu_kernels);
  distrust_kernels(device, session.console);
  session.comm.set_timeout(settings.timeout);
  describe_run(record.attributes, settings, session);
  describe_software(record.attributes, session.comm);
  record.attributes["device"] = device.str();
  record.attributes["precision"] = name_of(precision);
  record.attributes["gpu"] = device.is_cuda() ? gpu_facts(device.index()).name : "none";
  record.attributes["comm"] = transport.name;
  record.attributes["form"] = name_of(form());
  record.attributes["reference_math"] = reference_math() ? "true" : "false";
  record.attributes["gpu_kernels"] = has_kernels(device) ? "true" : "false";
  const int64_t workers = settings.num_workers > 0 ? settings.num_workers : at::get_num_threads();
  return {
      session.comm, session.console,
      record,       static_cast<uint64_t>(settings.seed),
      device,       precision == Precision::fp64 ? c10::ScalarType::Double : c10::ScalarType::Float,
      workers,      precision};
}

void close_record(RunRecord& record, const std::string& error) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  record.attributes["seconds"] = seconds_since(record.text("started_utc"));
  record.attributes["peak_rss_bytes"] = static_cast<int64_t>(usage.ru_maxrss) * 1024;
  record.attributes["peak_gpu_bytes"] = peak_gpu_bytes(record.text("device"));
  record.attributes["status"] = error.empty() ? "completed" : "failed";
  record.attributes["error"] = error;
}

}  // namespace dinobench
