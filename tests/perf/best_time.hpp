// One way to time for all benchmarks: the best of several calls, in the unit a person reads.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <optional>

namespace dinobench::perf {

/// Registers `name`; `measure` gives its seconds, or nothing where it cannot run here.
inline int add_measured(const char* name, std::function<std::optional<double>()> measure) {
  benchmark::RegisterBenchmark(name,
                               [measure](benchmark::State& state) {
                                 const std::optional<double> seconds = measure();
                                 if (!seconds) state.SkipWithError("cannot run here");
                                 for (auto _ : state) state.SetIterationTime(*seconds);
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
  return add_measured(name, [prepare, items]() -> std::optional<double> {
    const std::function<void()> step = prepare();
    if (!step) return {};
    return best_time(step) / items;
  });
}

}  // namespace dinobench::perf
