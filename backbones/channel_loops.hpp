// The loops of channel_kernels.cpp, inlined into each of its forms.
#pragma once

#include <cstdint>
#include <cstring>

#include "backbones/channel_kernels.hpp"

#define DINOBENCH_LOOP [[gnu::always_inline]] inline

namespace dinobench::channel_kernels::loops {

using Lanes [[gnu::vector_size(32)]] = float;
constexpr int64_t kLanes = 8;

DINOBENCH_LOOP void load(const float* at, Lanes& lanes) { std::memcpy(&lanes, at, sizeof(lanes)); }

DINOBENCH_LOOP double total(const Lanes& lanes) {
  double sum = 0;
  for (int64_t i = 0; i < kLanes; ++i) sum += static_cast<double>(lanes[i]);
  return sum;
}

DINOBENCH_LOOP double plane_sum(const float* x, int64_t pixels) {
  Lanes first{}, second{}, a, b;
  int64_t i = 0;
  for (; i + 2 * kLanes <= pixels; i += 2 * kLanes) {
    load(x + i, a), load(x + i + kLanes, b);
    first += a, second += b;
  }
  double sum = i > 0 ? total(first + second) : 0;
  for (; i < pixels; ++i) sum += static_cast<double>(x[i]);
  return sum;
}

/// Sums of the deviations from `around` and of their squares.
DINOBENCH_LOOP void plane_deviations(const float* x, int64_t pixels, float around, double& sum,
                                     double& squares) {
  Lanes sums{}, products{}, a;
  int64_t i = 0;
  for (; i + kLanes <= pixels; i += kLanes) {
    load(x + i, a);
    a -= around;
    sums += a, products += a * a;
  }
  sum = i > 0 ? total(sums) : 0, squares = i > 0 ? total(products) : 0;
  for (; i < pixels; ++i) {
    const double deviation = static_cast<double>(x[i] - around);
    sum += deviation, squares += deviation * deviation;
  }
}

DINOBENCH_LOOP void plane_products(const float* x, const float* dy, int64_t pixels, float mean,
                                   double& sum, double& product) {
  Lanes sums{}, products{}, a, d;
  int64_t i = 0;
  for (; i + kLanes <= pixels; i += kLanes) {
    load(x + i, a), load(dy + i, d);
    sums += d, products += d * (a - mean);
  }
  if (i > 0) sum += total(sums), product += total(products);
  for (; i < pixels; ++i) {
    sum += static_cast<double>(dy[i]);
    product += static_cast<double>(dy[i]) * static_cast<double>(x[i] - mean);
  }
}

// Planes of a channel are of one size: its mean is the mean of theirs, its squared deviations are
// those within the planes and those of their means, taken from the first one's.
DINOBENCH_LOOP void statistics(const Shape& shape, const float* x, double* mean, double* variance) {
  const auto pixels = static_cast<double>(shape.pixels), images = static_cast<double>(shape.images);
  for (int64_t c = 0; c < shape.channels; ++c) {
    double first = 0, shift = 0, shift_squares = 0, within = 0;
    for (int64_t n = 0; n < shape.images; ++n) {
      const float* plane = x + (n * shape.channels + c) * shape.pixels;
      const auto near = static_cast<float>(plane_sum(plane, shape.pixels) / pixels);
      double sum = 0, squares = 0;
      plane_deviations(plane, shape.pixels, near, sum, squares);
      within += squares - sum * sum / pixels;
      const double own = static_cast<double>(near) + sum / pixels;
      if (n == 0) first = own;
      shift += own - first;
      shift_squares += (own - first) * (own - first);
    }
    mean[c] = first + shift / images;
    const double between = shift_squares - shift * shift / images;
    variance[c] = (within / pixels + between) / images;
    if (variance[c] < 0) variance[c] = 0;
  }
}

DINOBENCH_LOOP void normalise(const Shape& shape, const float* x, const float* mean,
                              const float* scale, const float* bias, float* y) {
  for (int64_t n = 0; n < shape.images; ++n) {
    for (int64_t c = 0; c < shape.channels; ++c, x += shape.pixels, y += shape.pixels) {
      int64_t i = 0;
      for (Lanes a; i + kLanes <= shape.pixels; i += kLanes) {
        load(x + i, a);
        a = (a - mean[c]) * scale[c] + bias[c];
        std::memcpy(y + i, &a, sizeof(a));
      }
      for (; i < shape.pixels; ++i) y[i] = (x[i] - mean[c]) * scale[c] + bias[c];
    }
  }
}

DINOBENCH_LOOP void gradient_sums(const Shape& shape, const float* x, const float* dy,
                                  const float* mean, double* sums) {
  for (int64_t c = 0; c < 2 * shape.channels; ++c) sums[c] = 0;
  for (int64_t n = 0; n < shape.images; ++n) {
    for (int64_t c = 0; c < shape.channels; ++c, x += shape.pixels, dy += shape.pixels) {
      plane_products(x, dy, shape.pixels, mean[c], sums[c], sums[shape.channels + c]);
    }
  }
}

DINOBENCH_LOOP void gradient(const Shape& shape, const float* x, const float* dy, const float* mean,
                             const float* level, const float* slope, const float* scale,
                             float* dx) {
  for (int64_t n = 0; n < shape.images; ++n) {
    for (int64_t c = 0; c < shape.channels; ++c) {
      int64_t i = 0;
      for (Lanes a, d; i + kLanes <= shape.pixels; i += kLanes) {
        load(x + i, a), load(dy + i, d);
        d = (d - level[c] - (a - mean[c]) * slope[c]) * scale[c];
        std::memcpy(dx + i, &d, sizeof(d));
      }
      for (; i < shape.pixels; ++i)
        dx[i] = (dy[i] - level[c] - (x[i] - mean[c]) * slope[c]) * scale[c];
      x += shape.pixels, dy += shape.pixels, dx += shape.pixels;
    }
  }
}

}  // namespace dinobench::channel_kernels::loops
