// What travels with a run: ranks, device, seed, record and console. No globals.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <string>

#include "comm/communicator.hpp"
#include "core/console.hpp"
#include "core/precision.hpp"
#include "core/run_record.hpp"

namespace dinobench {

struct RunContext {
  Communicator& comm;
  Console& console;
  RunRecord& record;
  uint64_t seed = 0;
  c10::Device device{c10::DeviceType::CPU};
  c10::ScalarType dtype =
      c10::ScalarType::Float;  // of parameters: Float, or Double for comparison runs
  int64_t num_workers = 0;     // decoding threads of this rank; 0: as many as compute threads
  Precision precision = Precision::fp32;  // of products, for AutocastScope
};

}  // namespace dinobench
