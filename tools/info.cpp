// dinobench info: what goes into every record about program and machine.
#include <thread>

#include "tools/session.hpp"

namespace dinobench::info_command {
namespace {

int run(Options& options, Session& session) {
  RunSettings settings;
  read_options(options, settings);
  ready(options, session);
  RunRecord record;
  open_context(settings, session, record);
  for (const char* name :
       {"git_commit", "git_dirty", "torch_version", "cuda_version", "hdf5_version", "mpi_version",
        "schema_version", "host", "device", "precision", "world_size", "threads"})
    session.console.line(fmt::format("{:<16} {}", name, record.text(name)));
  session.console.line(fmt::format("{:<16} {}", "cores", std::thread::hardware_concurrency()));
  return 0;
}

[[maybe_unused]] const bool registered =
    Commands::add({"info", "info", "versions, device, ranks and state of the checkout", run});

}  // namespace
}  // namespace dinobench::info_command
