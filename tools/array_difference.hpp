// Where two arrays of a record part.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/run_record.hpp"

namespace dinobench {

/// Of the elements that differ: how many, which comes first, and what stands there on either side.
struct ArrayDifference {
  int64_t first = -1;  // flat index, row-major; -1: the shapes or element types differ
  std::string place;   // "[3, 2]", "shape", "type"
  std::string then, now;
  int64_t count = 0;
  std::string text() const;  ///< "[3, 2]: 17 then, 18 now (4 elements differ)"
};

/// Two real numbers are the same within rounding if they differ by at most `rtol` times the largest
/// of their magnitudes and `scale`; NaN is the same as NaN. rtol 0: the same bits.
bool same_number(double a, double b, double rtol, double scale = 0);

/// Mean magnitude of the finite values: what rounding of a value near zero is measured by.
double typical_magnitude(const std::vector<double>& values);

/// Whole numbers and text must be equal; real ones within `rtol` (same_number, scaled by the
/// typical magnitude of `then`). Nothing if no element differs.
std::optional<ArrayDifference> difference_of(const Array& then, const Array& now, double rtol);

/// The same for two series, whose common steps are compared first; then their lengths.
std::optional<ArrayDifference> difference_of(const std::vector<double>& then,
                                             const std::vector<double>& now, double rtol);

}  // namespace dinobench
