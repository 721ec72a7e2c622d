// Which of a host's GPUs is this rank's.
#pragma once

#include <optional>

namespace dinobench {

/// The rank among those on this host, as the launcher says: OMPI_COMM_WORLD_LOCAL_RANK,
/// MPI_LOCALRANKID, PMI_LOCAL_RANK, then SLURM_LOCALID. SLURM's comes last: an mpirun inside a
/// batch job inherits the script's. Nothing if none is set to a whole number.
std::optional<int> launcher_local_rank();

}  // namespace dinobench
