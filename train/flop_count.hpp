// Counts the floating-point operations of the products that a program runs.
#pragma once

#include <cstdint>

namespace dinobench {

/// While it lives, matrix products, convolutions and attention of every thread are counted from the
/// shapes that torch's dispatcher is given: a multiply-add is two operations, attention's backward
/// is twice its forward (what it computes again is not counted). One at a time; costs a microsecond
/// for each torch operation.
class FlopCount {
 public:
  FlopCount();
  ~FlopCount();
  FlopCount(const FlopCount&) = delete;
  FlopCount& operator=(const FlopCount&) = delete;

  double total() const;  ///< since it was made

 private:
  uint64_t callback_;
};

}  // namespace dinobench
