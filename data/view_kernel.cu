// The same bytes as transforms_plain.cpp and hsv_plain.cpp give: integers, and float steps that no
// compiler may fuse. One block makes one view, operation by operation in its scratch.
#include "core/device.cuh"
#include "data/view_kernel.hpp"

namespace dinobench {
namespace view_kernel {
namespace {

using namespace device;

constexpr int kThreads = 512, kPrecision = 22;

struct Plane {
  const uint8_t* data;
  int64_t stride;
};

__device__ inline int clamp_byte(int value) { return value < 0 ? 0 : value > 255 ? 255 : value; }

// Resamples `in` to width x height pixels, along rows or columns.
__device__ void resample(const uint8_t* buffer, const ViewPass& pass, int size, Plane in, int width,
                         int height, uint8_t* out) {
  const auto* first = reinterpret_cast<const int32_t*>(buffer + pass.taps);
  const int32_t *used = first + size, *weights = used + size;
  const int count = 3 * width * height;
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kThreads) {
    const int y = i / (3 * width), at = i % (3 * width), o = pass.down != 0 ? y : at / 3;
    const int32_t* weight = weights + static_cast<int64_t>(o) * pass.most;
    const int64_t step = pass.down != 0 ? in.stride : 3;
    const uint8_t* from = pass.down != 0 ? in.data + first[o] * in.stride + at
                                         : in.data + y * in.stride + 3 * first[o] + at % 3;
    int sum = 1 << (kPrecision - 1);
    for (int t = 0; t < used[o]; ++t) sum += from[t * step] * weight[t];
    out[i] = static_cast<uint8_t>(clamp_byte(sum >> kPrecision));
  }
  __syncthreads();
}

__device__ void copy(const ViewPlan& plan, Plane in, uint8_t* out) {
  const int row = 3 * plan.size, count = row * plan.size;
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kThreads)
    out[i] = in.data[i / row * in.stride + i % row];
  __syncthreads();
}

// The crop, resized into `out`.
__device__ void take(const ViewPlan& plan, const uint8_t* buffer, uint8_t* between, uint8_t* out) {
  Plane in{buffer + plan.source, plan.stride};
  int width = plan.width, height = plan.height;
  if (plan.passes == 0) return copy(plan, in, out);
  for (int p = 0; p < plan.passes; ++p) {
    (plan.pass[p].down != 0 ? height : width) = plan.size;
    uint8_t* to = p + 1 == plan.passes ? out : between;
    resample(buffer, plan.pass[p], plan.size, in, width, height, to);
    in = {to, 3 * static_cast<int64_t>(width)};
  }
}

__device__ inline int luma(const uint8_t* rgb) {
  return (19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 32768) >> 16;
}

__device__ inline uint8_t blend(int from, int to, float factor) {
  const float mixed =
      __fadd_rn(static_cast<float>(from), __fmul_rn(factor, static_cast<float>(to - from)));
  return mixed <= 0 ? 0 : mixed >= 255 ? 255 : static_cast<uint8_t>(mixed);
}

__device__ inline void to_hsv(const uint8_t* rgb, uint8_t* hsv) {
  const int r = rgb[0], g = rgb[1], b = rgb[2];
  const int high = r > g ? (r > b ? r : b) : (g > b ? g : b);
  const int low = r < g ? (r < b ? r : b) : (g < b ? g : b);
  hsv[0] = hsv[1] = 0;
  hsv[2] = static_cast<uint8_t>(high);
  if (high == low) return;
  const auto range = static_cast<float>(high - low);
  const float saturation = range / static_cast<float>(high);
  const float rc = static_cast<float>(high - r) / range;
  const float gc = static_cast<float>(high - g) / range;
  const float bc = static_cast<float>(high - b) / range;
  float hue = 0;  // sixths of a turn
  if (r == high) {
    hue = __fadd_rn(bc, -gc);
  } else if (g == high) {
    hue = static_cast<float>(__dadd_rn(__dadd_rn(2.0, rc), -bc));
  } else {
    hue = static_cast<float>(__dadd_rn(__dadd_rn(4.0, gc), -rc));
  }
  const auto turn = static_cast<float>(fmod(__dadd_rn(hue / 6.0, 1.0), 1.0));
  hsv[0] = static_cast<uint8_t>(clamp_byte(static_cast<int>(__dmul_rn(turn, 255.0))));
  hsv[1] = static_cast<uint8_t>(clamp_byte(static_cast<int>(__dmul_rn(saturation, 255.0))));
}

__device__ inline uint8_t shade(uint8_t value, double amount) {
  return static_cast<uint8_t>(
      clamp_byte(static_cast<int>(round(__dmul_rn(static_cast<double>(value), amount)))));
}

__device__ inline void to_rgb(const uint8_t* hsv, uint8_t* rgb) {
  const uint8_t v = hsv[2];
  rgb[0] = rgb[1] = rgb[2] = v;
  if (hsv[1] == 0) return;
  const double sixths = __dmul_rn(static_cast<double>(hsv[0]), 6.0) / 255.0;
  const int sector = static_cast<int>(floor(sixths));
  const auto part = static_cast<float>(__dadd_rn(sixths, -sector));
  const auto saturation = static_cast<float>(static_cast<float>(hsv[1]) / 255.0);
  const uint8_t p = shade(v, __dadd_rn(1.0, -static_cast<double>(saturation)));
  const uint8_t q = shade(v, __dadd_rn(1.0, -static_cast<double>(__fmul_rn(saturation, part))));
  const double rest = __dadd_rn(1.0, -static_cast<double>(part));
  const uint8_t t = shade(v, __dadd_rn(1.0, -__dmul_rn(saturation, rest)));
  switch (sector % 6) {
    case 0:
      rgb[1] = t, rgb[2] = p;
      break;
    case 1:
      rgb[0] = q, rgb[2] = p;
      break;
    case 2:
      rgb[0] = p, rgb[2] = t;
      break;
    case 3:
      rgb[0] = p, rgb[1] = q;
      break;
    case 4:
      rgb[0] = t, rgb[1] = p;
      break;
    default:
      rgb[1] = p, rgb[2] = q;
      break;
  }
}

__device__ void flip(uint8_t* image, int size) {
  const int half = size / 2;
  for (int i = static_cast<int>(threadIdx.x); i < half * size; i += kThreads) {
    uint8_t* left = image + 3 * (i / half * size + i % half);
    uint8_t* right = image + 3 * (i / half * size + size - 1 - i % half);
    for (int c = 0; c < 3; ++c) {
      const uint8_t kept = left[c];
      left[c] = right[c], right[c] = kept;
    }
  }
}

// The rounded mean of the luma, to every thread.
__device__ int mean_luma(const uint8_t* image, int pixels) {
  int64_t sum = 0;
  for (int i = static_cast<int>(threadIdx.x); i < pixels; i += kThreads) sum += luma(image + 3 * i);
  sum = block_sum(sum);
  return static_cast<int>(__dadd_rn(static_cast<double>(sum) / static_cast<double>(pixels), 0.5));
}

// What one pixel becomes of itself alone.
__device__ inline void recolour(uint8_t* rgb, const ViewStep& step, int grey) {
  uint8_t hsv[3];
  switch (step.kind) {
    case ViewStepKind::hue:
      to_hsv(rgb, hsv);
      hsv[0] = static_cast<uint8_t>(hsv[0] + step.amount);
      return to_rgb(hsv, rgb);
    case ViewStepKind::grayscale:
      grey = luma(rgb);
      rgb[0] = rgb[1] = rgb[2] = static_cast<uint8_t>(grey);
      return;
    case ViewStepKind::solarize:
      for (int c = 0; c < 3; ++c)
        if (rgb[c] >= step.amount) rgb[c] = static_cast<uint8_t>(255 - rgb[c]);
      return;
    case ViewStepKind::saturation:
      grey = luma(rgb);
      break;
    default:
      break;
  }
  for (int c = 0; c < 3; ++c) rgb[c] = blend(grey, rgb[c], step.factor);
}

// One box pass along rows or columns.
__device__ void box_pass(const uint8_t* in, uint8_t* out, int size, bool down,
                         const ViewStep& step) {
  const int radius = step.radius, jump = down ? 3 * size : 3;
  for (int i = static_cast<int>(threadIdx.x); i < 3 * size * size; i += kThreads) {
    const int place = down ? i / (3 * size) : i % (3 * size) / 3;
    const uint8_t* line = in + (i - place * jump);
    const auto at = [&](int k) -> uint32_t {
      return line[(k < 0 ? 0 : k >= size ? size - 1 : k) * jump];
    };
    uint32_t near = 0;
    for (int k = place - radius; k <= place + radius; ++k) near += at(k);
    const uint32_t far = at(place - radius - 1) + at(place + radius + 1);
    out[i] = static_cast<uint8_t>((near * step.weight + far * step.far_weight + (1U << 23)) >> 24);
  }
  __syncthreads();
}

__device__ void apply(const ViewStep& step, uint8_t* image, uint8_t* other, int size) {
  const int pixels = size * size;
  if (step.kind == ViewStepKind::blur) {
    for (int pass = 0; pass < 6; ++pass)  // three along rows, then three along columns
      box_pass(pass % 2 == 0 ? image : other, pass % 2 == 0 ? other : image, size, pass >= 3, step);
    return;
  }
  if (step.kind == ViewStepKind::flip) {
    flip(image, size);
  } else {
    const int grey = step.kind == ViewStepKind::contrast ? mean_luma(image, pixels) : 0;
    for (int i = static_cast<int>(threadIdx.x); i < pixels; i += kThreads)
      recolour(image + 3 * i, step, grey);
  }
  __syncthreads();
}

template <class T>
__global__ void __launch_bounds__(kThreads) make_views(ViewArguments a) {
  const ViewPlan& plan = reinterpret_cast<const ViewPlan*>(a.buffer)[blockIdx.x];
  const int size = plan.size, pixels = size * size;
  uint8_t *image = a.scratch + plan.scratch, *other = image + 3 * pixels;
  take(plan, a.buffer, other + 3 * pixels, image);
  for (int s = 0; s < plan.steps; ++s) apply(plan.step[s], image, other, size);
  const auto* table = reinterpret_cast<const float*>(a.buffer + a.table);
  T* out = static_cast<T*>(a.out) + plan.out;
  for (int i = static_cast<int>(threadIdx.x); i < pixels; i += kThreads)
    for (int c = 0; c < 3; ++c)
      out[c * pixels + i] = from_float<T>(table[256 * c + image[3 * i + c]]);
}

}  // namespace
}  // namespace view_kernel

LaunchProblem launch_views(const ViewArguments& a, void* stream) {
  using namespace view_kernel;
  const dim3 views(static_cast<unsigned>(a.views));
  if (a.half) return device::launch(make_views<device::Half>, views, kThreads, 0, stream, a);
  return device::launch(make_views<float>, views, kThreads, 0, stream, a);
}

}  // namespace dinobench
