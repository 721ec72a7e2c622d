// Element by element; the first place is what a reader looks at.
#include "tools/array_difference.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/error.hpp"

namespace dinobench {
namespace array_difference {
namespace {

template <class Element>
double typical(const std::vector<Element>& values) {
  double sum = 0, count = 0;
  for (const Element value : values)
    if (std::isfinite(value)) sum += std::abs(static_cast<double>(value)), ++count;
  return count > 0 ? sum / count : 0;
}

/// Calls differs(i) for each pair of elements that are not the same.
template <class Element, class Differs>
void compare(const std::vector<Element>& a, const std::vector<Element>& b, double rtol,
             Differs differs) {
  const size_t common = std::min(a.size(), b.size());
  double scale = 0;
  if constexpr (std::is_floating_point_v<Element>) scale = typical(a);
  for (size_t i = 0; i < common; ++i) {
    if constexpr (std::is_floating_point_v<Element>) {
      if (!same_number(a[i], b[i], rtol, scale)) differs(i);
    } else {
      if (a[i] != b[i]) differs(i);
    }
  }
}

template <class Element>
std::string shown(const Element& value) {
  return fmt::format("{}", value);
}

template <class Element>
ArrayDifference found(const std::vector<Element>& a, const std::vector<Element>& b, double rtol) {
  ArrayDifference out;
  compare(a, b, rtol, [&](size_t i) {
    if (out.count++ > 0) return;
    out.first = static_cast<int64_t>(i);
    out.then = shown(a[i]), out.now = shown(b[i]);
  });
  return out;
}

std::string place_of(int64_t flat, const std::vector<int64_t>& shape) {
  std::vector<int64_t> index(shape.size());
  for (size_t i = shape.size(); i-- > 0;) {
    index[i] = flat % shape[i];
    flat /= shape[i];
  }
  return fmt::format("[{}]", fmt::join(index, ", "));
}

std::string type_of(const Array& array) {
  constexpr const char* names[] = {"float32", "float64", "int64", "uint8", "text"};
  return names[array.values.index()];
}

std::string shape_of(const Array& array) {
  return fmt::format("[{}]", fmt::join(array.shape, ", "));
}

}  // namespace
}  // namespace array_difference

std::string ArrayDifference::text() const {
  const std::string more =
      count > 1 ? fmt::format(" ({} elements differ, this is the first)", count) : "";
  return fmt::format("{}: {} then, {} now{}", place, then, now, more);
}

bool same_number(double a, double b, double rtol, double scale) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (rtol == 0) return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
  if (a == b) return true;
  return std::abs(a - b) <= rtol * std::max({std::abs(a), std::abs(b), scale}) &&
         std::isfinite(a) && std::isfinite(b);
}

double typical_magnitude(const std::vector<double>& values) {
  return array_difference::typical(values);
}

std::optional<ArrayDifference> difference_of(const Array& then, const Array& now, double rtol) {
  using namespace array_difference;
  if (then.values.index() != now.values.index())
    return ArrayDifference{-1, "type", type_of(then), type_of(now), 1};
  if (then.shape != now.shape)
    return ArrayDifference{-1, "shape", shape_of(then), shape_of(now), 1};
  ArrayDifference out = std::visit(
      [&]<class Elements>(const Elements& values) {
        return found(values, std::get<Elements>(now.values), rtol);
      },
      then.values);
  if (out.count == 0) return {};
  out.place = place_of(out.first, then.shape);
  return out;
}

std::optional<ArrayDifference> difference_of(const std::vector<double>& then,
                                             const std::vector<double>& now, double rtol) {
  ArrayDifference out = array_difference::found(then, now, rtol);
  if (out.count > 0) {
    out.place = fmt::format("step {}", out.first);
    return out;
  }
  if (then.size() == now.size()) return {};
  return ArrayDifference{-1, "steps", fmt::format("{}", then.size()), fmt::format("{}", now.size()),
                         1};
}

}  // namespace dinobench
