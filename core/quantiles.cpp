// Tails in closed form, quantiles by bisection.
#include "core/quantiles.hpp"

#include <cmath>
#include <numbers>

#include "core/error.hpp"

namespace dinobench {
namespace quantiles {
namespace {

constexpr double kSmallest = 1e-12;  // a smaller tail drowns in the rounding of 1 - A

/// Solves tail_of(x) = tail for a tail that falls from 0.5 at 0.
template <class Tail>
double solve(double tail, Tail tail_of) {
  require(tail >= kSmallest && tail <= 0.5, "tail probability {}: expected {} to 0.5", tail,
          kSmallest);
  double low = 0, high = 1;
  while (tail_of(high) > tail) low = high, high *= 2;
  for (double middle = (low + high) / 2; low < middle && middle < high; middle = (low + high) / 2)
    (tail_of(middle) > tail ? low : high) = middle;
  return high;
}

/// 1 + f(1) c^2 + f(1) f(2) c^4 + ..., `terms` of them, f(i) = (2i - 1 + odd) / (2i + odd).
double series(double cosine_squared, int64_t terms, int64_t odd) {
  double term = 1, sum = terms > 0 ? 1 : 0;
  for (int64_t i = 1; i < terms; ++i) {
    term *=
        cosine_squared * static_cast<double>(2 * i - 1 + odd) / static_cast<double>(2 * i + odd);
    sum += term;
  }
  return sum;
}

}  // namespace
}  // namespace quantiles

double student_t_tail(double t, int64_t freedom) {
  require(freedom >= 1 && t >= 0, "Student's t: {} degrees of freedom and t = {}, expected 1 and 0",
          freedom, t);
  const double angle = std::atan(t / std::sqrt(static_cast<double>(freedom)));
  const double sine = std::sin(angle), cosine = std::cos(angle);
  const int64_t odd = freedom % 2;
  double inside = sine * quantiles::series(cosine * cosine, freedom / 2, odd);  // P(-t < T < t)
  if (odd == 1) inside = 2 / std::numbers::pi * (angle + cosine * inside);
  return (1 - inside) / 2;
}

double student_t_critical(double tail, int64_t freedom) {
  return quantiles::solve(tail, [&](double t) { return student_t_tail(t, freedom); });
}

double normal_critical(double tail) {
  return quantiles::solve(tail, [](double z) { return std::erfc(z / std::numbers::sqrt2) / 2; });
}

}  // namespace dinobench
