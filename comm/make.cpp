// Which communicator this process gets.
#include <cstdlib>
#include <string>

#include "comm/communicator.hpp"
#include "comm/mpi.hpp"

namespace dinobench {
namespace {

bool is_set(const char* name) { return std::getenv(name) != nullptr; }

// srun sets its step's variables for every program; only with a PMI server can MPI find its ranks.
bool started_by_slurm() {
  const char* tasks = std::getenv("SLURM_STEP_NUM_TASKS");
  const bool several = tasks != nullptr && std::atoi(tasks) > 1;
  return several && (is_set("PMI_RANK") || is_set("PMI_FD") || is_set("PMIX_NAMESPACE"));
}

bool started_by_launcher() {
  return is_set("OMPI_COMM_WORLD_SIZE") || is_set("PMI_SIZE") || is_set("PMIX_RANK") ||
         started_by_slurm();
}

}  // namespace

std::unique_ptr<Communicator> make_communicator() {
  return started_by_launcher() ? make_mpi_communicator() : make_self_communicator();
}

}  // namespace dinobench
