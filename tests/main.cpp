// The one main of every test executable: starts MPI under a launcher, and lets only rank 0 report
// success.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <iostream>

#include "comm/communicator.hpp"

int main(int argc, char** argv) {
  const auto comm = dinobench::make_communicator();
  Catch::Session session;
  const int usage = session.applyCommandLine(argc, argv);
  if (usage != 0) return usage;
  if (comm->rank() != 0) std::cout.setstate(std::ios_base::failbit);
  const int failed = session.run();
  // A rank that failed must not leave the others waiting in a collective.
  if (failed != 0 && comm->size() > 1) {
    std::cerr << "rank " << comm->rank() << ": " << failed << " tests failed\n";
    comm->abort(1);
  }
  return failed;
}
