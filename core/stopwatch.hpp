// Where a step's time goes: wall seconds by section.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace dinobench {

/// Sections may nest: time of an inner one is not counted for the outer. Off, it costs a branch.
/// Used by one thread.
class Stopwatch {
 public:
  /// `settle` waits for work that the device still has to do, so that it is counted where it began.
  explicit Stopwatch(bool on = false, std::function<void()> settle = {})
      : on_(on), settle_(std::move(settle)) {}

  /// From now on the growth of this counter is charged like time: floating-point operations done.
  void count(std::function<double()> operations) { operations_ = std::move(operations); }

  class Section {
   public:
    explicit Section(Stopwatch* watch) : watch_(watch) {}
    ~Section() {
      if (watch_ != nullptr) watch_->leave();
    }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

   private:
    Stopwatch* watch_;
  };

  /// Runs until the returned object goes.
  [[nodiscard]] Section section(const char* name) {
    if (!on_) return Section(nullptr);
    enter(name);
    return Section(this);
  }

  bool on() const { return on_; }
  struct Total {
    std::string name;
    double seconds = 0, operations = 0;
  };
  /// Of each section, in the order of first use.
  const std::vector<Total>& totals() const { return totals_; }
  /// A line a section: milliseconds a step and share of the whole; where operations were counted,
  /// also GFLOP a step, GFLOP a second, and that as a share of `peak`, operations a second.
  std::string report(int64_t steps, double peak = 0) const;

 private:
  using Clock = std::chrono::steady_clock;
  void enter(const char* name);
  void leave();
  void charge();  // the time since the last change to the innermost section

  bool on_;
  std::function<void()> settle_;
  std::function<double()> operations_;
  double counted_ = 0;  // at the last change
  std::vector<Total> totals_;
  std::vector<size_t> open_;  // indices into totals_, innermost last
  Clock::time_point changed_;
};

}  // namespace dinobench
