// The MPI instance, for make.cpp alone.
#pragma once

#include <memory>

#include "comm/communicator.hpp"

namespace dinobench {

/// All ranks of MPI_COMM_WORLD, buffers in host memory. The first call initialises MPI; the last
/// communicator that goes finalises it, unless an exception takes it down: the job is then to be
/// aborted, and finalising would wait for ranks that never come. Failures are run Errors.
std::unique_ptr<Communicator> make_mpi_communicator();

}  // namespace dinobench
