// One way to time for all benchmarks: the best of several calls, in the unit a person reads.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace dinobench::perf {

/// What a case found, or why it cannot run here.
struct Measured {
  double seconds = 0;
  int64_t gpu_bytes = 0;  // most that tensors held at once on the GPU
  std::string skipped = {};
};

/// Registers `name`; `measure` runs it.
inline int add_measured(const char* name, std::function<Measured()> measure) {
  benchmark::RegisterBenchmark(name,
                               [measure](benchmark::State& state) {
                                 const Measured found = measure();
                                 if (!found.skipped.empty())
                                   state.SkipWithError(found.skipped.c_str());
                                 for (auto _ : state) state.SetIterationTime(found.seconds);
                                 if (found.gpu_bytes > 0)
                                   state.counters["gpu_bytes"] =
                                       static_cast<double>(found.gpu_bytes);
                               })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
  return 0;
}

/// The shortest of at least three calls over two seconds, after one to warm up.
inline double best_time(const std::function<void()>& step) {
  using Clock = std::chrono::steady_clock;
  step();
  double best = std::numeric_limits<double>::infinity();
  const auto begun = Clock::now();
  int calls = 0;
  do {
    const auto start = Clock::now();
    step();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  } while (++calls < 3 || (calls < 20 && Clock::now() - begun < std::chrono::seconds(2)));
  return best;
}

/// Registers `name`: `prepare()` is called when it is chosen and returns the step to time, or an
/// empty function where it cannot run here. best_time(), divided by the `items` a call handles.
inline int add(const char* name, std::function<std::function<void()>()> prepare, double items = 1) {
  return add_measured(name, [prepare, items]() -> Measured {
    const std::function<void()> step = prepare();
    if (!step) return {.skipped = "cannot run here"};
    return {.seconds = best_time(step) / items};
  });
}

}  // namespace dinobench::perf
