// A sum over ranks of memory that all of them see.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "comm/shared_memory.hpp"
#include "comm/sum_steps.hpp"

namespace dinobench {
namespace mpi {

/// Each rank adds up one slice, reading it where the others have it, and puts the sum everywhere.
/// Sums over the same memory come one after another.
class SharedSum final : public SumSteps {
 public:
  /// `values` lie in this rank's part of `memory`, on every rank at the same place.
  SharedSum(std::shared_ptr<const SharedMemory> memory, const Elements& values, double divisor,
            int rank, int size);
  bool advance() override;

 private:
  /// Whether this sum's number stands in `count` of every rank.
  bool all(std::atomic<uint64_t> SharedMemory::Progress::*count) const;
  void add_up();

  std::shared_ptr<const SharedMemory> memory_;
  Elements values_;
  double divisor_;
  int rank_, size_;
  uint64_t number_;
};

}  // namespace mpi
}  // namespace dinobench
