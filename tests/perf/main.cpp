// Google Benchmark's main with MPI started, as the tests' main has it. Each benchmark reports its
// best repetition: on a shared machine the least disturbed one says most.
#include <benchmark/benchmark.h>

#include "comm/communicator.hpp"
#include "core/heap.hpp"

int main(int argc, char** argv) {
  dinobench::keep_freed_memory();
  const auto comm = dinobench::make_communicator();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
