// Fixed-point arithmetic of the drawn set: no floating point, so that every machine draws the same
// bytes.
#pragma once

#include <cstdint>

namespace dinobench::shapes {

constexpr int64_t kFrame = 1 << 16;  // one side of the image
constexpr int64_t kUnit = 1 << 12;   // one radius of the object: "object units"
constexpr int64_t kTurn = 1 << 12;   // one full turn
constexpr int kSineBits = 14;        // sine and cosine are in 1 / 2^14

struct Point {
  int64_t x = 0, y = 0;
};

/// Sine in 1/16384, any angle; Bhaskara's rational formula, within 0.2 % of the true one.
constexpr int64_t sine(int64_t angle) {
  const int64_t within = angle & (kTurn / 2 - 1), p = within * (kTurn / 2 - within);
  const int64_t value = (p << 18) / ((int64_t{5} << 22) - 4 * p);
  return (angle & (kTurn / 2)) == 0 ? value : -value;
}
constexpr int64_t cosine(int64_t angle) { return sine(angle + kTurn / 4); }

constexpr Point turned(Point p, int64_t angle) {
  const int64_t c = cosine(angle), s = sine(angle);
  return {(p.x * c - p.y * s) >> kSineBits, (p.x * s + p.y * c) >> kSineBits};
}

constexpr int64_t squared_length(Point p) { return p.x * p.x + p.y * p.y; }

/// Largest integer whose square is at most `value`, for values below 2^42.
constexpr int64_t square_root(int64_t value) {
  int64_t root = 0;
  for (int64_t bit = int64_t{1} << 20; bit > 0; bit >>= 1)
    if ((root + bit) * (root + bit) <= value) root += bit;
  return root;
}

/// Division that rounds down, and its remainder in [0, b), for b > 0.
constexpr int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
constexpr int64_t floor_remainder(int64_t a, int64_t b) { return a - floor_divide(a, b) * b; }

}  // namespace dinobench::shapes
