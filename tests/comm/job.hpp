// The communicator of this test process: MPI cannot be started twice, so the tests share one.
#pragma once

#include <memory>

#include "comm/communicator.hpp"

namespace dinobench {

inline Communicator& job() {
  static const std::unique_ptr<Communicator> comm = make_communicator();
  return *comm;
}

}  // namespace dinobench
