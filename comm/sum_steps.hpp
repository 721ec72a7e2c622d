// A sum over ranks under way, of which each rank adds up one slice.
#pragma once

#include <cstddef>

namespace dinobench {
namespace mpi {

/// float32 or float64 in host memory; width: bytes of one, 4 or 8.
struct Elements {
  std::byte* data;
  size_t count, width;
};

struct Slice {
  std::byte* data;
  size_t count;
};

/// What `rank` adds up: equal parts, cut between cache lines.
inline Slice slice_of(const Elements& values, int rank, int size) {
  const auto begin = [&](int of) {
    const size_t at = values.count * static_cast<size_t>(of) / static_cast<size_t>(size);
    return of == size ? at : at / 16 * 16;
  };
  return {values.data + begin(rank) * values.width, begin(rank + 1) - begin(rank)};
}

/// Divides in place, in the elements' own type.
void divide(const Elements& values, double divisor);

/// Bit-equal on all ranks, and whichever way it goes: additions are in the order of the ranks.
class SumSteps {
 public:
  virtual ~SumSteps() = default;
  /// Does what needs no waiting. True: all is done, and the values may be touched again.
  virtual bool advance() = 0;
};

}  // namespace mpi
}  // namespace dinobench
