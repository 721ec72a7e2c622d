// One way to time for all benchmarks: the best of several calls, in the unit a person reads.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>

namespace dinobench::perf {

/// Registers `name`: `prepare()` is called when it is chosen and returns the step to time, or an
/// empty function where it cannot run here. The time reported is the best of at least three calls
/// over two seconds, after one to warm up; per item if a call handles several (`items`).
inline int add(const char* name, std::function<std::function<void()>()> prepare, double items = 1) {
  benchmark::RegisterBenchmark(
      name,
      [prepare, items](benchmark::State& state) {
        const std::function<void()> step = prepare();
        if (!step) {
          for (auto _ : state) state.SkipWithError("not here");
          return;
        }
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
        for (auto _ : state) state.SetIterationTime(best / items);
      })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
  return 0;
}

}  // namespace dinobench::perf
