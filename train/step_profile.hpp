// --profile: where a step's time goes, and how near its products come to this machine's rate.
#pragma once

#include <string>

#include "comm/run_context.hpp"
#include "core/stopwatch.hpp"
#include "train/flop_count.hpp"

namespace dinobench {

/// Fast enough to stand beside a profile: measured now, with this run's threads and precision.
struct MachineRates {
  double products = 0;  // operations a second of a large matrix product
  double copies = 0;    // bytes read and written a second by a copy
};
MachineRates measure_rates(c10::Device device, Precision precision);

/// Counts operations into the watch's sections from its making to its end. The watch is on and
/// outlives it.
class StepProfile {
 public:
  StepProfile(Stopwatch& watch, const RunContext& context);
  ~StepProfile();
  StepProfile(const StepProfile&) = delete;
  StepProfile& operator=(const StepProfile&) = delete;

  /// The watch's table with the share of the product rate, and the rates.
  std::string report(int64_t steps) const;

 private:
  Stopwatch& watch_;
  MachineRates rates_;
  std::string circumstances_;
  FlopCount count_;
};

}  // namespace dinobench
