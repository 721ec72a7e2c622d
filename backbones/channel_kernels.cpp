// The forms: SSE2, or AVX2 without fused multiply-add, which would round otherwise. Wider registers
// would not help: memory sets the pace.
#include "backbones/channel_kernels.hpp"

#include "backbones/channel_loops.hpp"
#include "core/form.hpp"

namespace dinobench::channel_kernels {
namespace {

template <class Loop>
[[gnu::target("avx2")]] void in_avx2(const Loop& loop) {
  loop();
}

/// `loop` is inlined, and so compiled once for either.
template <class Loop>
void in_form(const Loop& loop) {
  form() >= Form::avx2 ? in_avx2(loop) : loop();
}

}  // namespace

void statistics(const Shape& shape, const float* x, double* mean, double* variance) {
  in_form([&]() __attribute__((always_inline)) { loops::statistics(shape, x, mean, variance); });
}

void normalise(const Shape& shape, const float* x, const float* mean, const float* scale,
               const float* bias, float* y) {
  in_form([&]()
              __attribute__((always_inline)) { loops::normalise(shape, x, mean, scale, bias, y); });
}

void gradient_sums(const Shape& shape, const float* x, const float* dy, const float* mean,
                   double* sums) {
  in_form([&]() __attribute__((always_inline)) { loops::gradient_sums(shape, x, dy, mean, sums); });
}

void gradient(const Shape& shape, const float* x, const float* dy, const float* mean,
              const float* level, const float* slope, const float* scale, float* dx) {
  in_form([&]() __attribute__((always_inline)) {
    loops::gradient(shape, x, dy, mean, level, slope, scale, dx);
  });
}

}  // namespace dinobench::channel_kernels
