// dinobench info: what goes into every record about program and machine.
#include <thread>

#include "comm/gpu.hpp"
#include "tools/session.hpp"

namespace dinobench::info_command {
namespace {

std::string describe(int gpu) {
  const GpuFacts facts = gpu_facts(gpu);
  return fmt::format("{}, {:.1f} GiB", facts.name,
                     static_cast<double>(facts.memory_bytes) / (1 << 30));
}

void list_gpus(Console& console) {
  const VisibleGpus gpus = visible_gpus();
  for (int gpu = 0; gpu < gpus.count; ++gpu)
    console.line(fmt::format("{:<16} {}", fmt::format("gpu {}", gpu), describe(gpu)));
  if (gpus.count == 0) console.line(fmt::format("{:<16} none: {}", "gpus", gpus.problem));
}

int run(Options& options, Session& session) {
  RunSettings settings;
  read_options(options, settings);
  ready(options, session);
  RunRecord record;
  open_context(settings, session, record);
  for (const char* name :
       {"git_commit", "git_dirty", "torch_version", "cuda_version", "hdf5_version", "mpi_version",
        "schema_version", "host", "device", "precision", "comm", "world_size", "threads"})
    session.console.line(fmt::format("{:<16} {}", name, record.text(name)));
  session.console.line(fmt::format("{:<16} {}", "nccl_version", nccl_version()));
  session.console.line(fmt::format("{:<16} {}", "cores", std::thread::hardware_concurrency()));
  list_gpus(session.console);
  return 0;
}

[[maybe_unused]] const bool registered =
    Commands::add({"info", "info", "versions, devices, ranks and state of the checkout", run});

}  // namespace
}  // namespace dinobench::info_command
