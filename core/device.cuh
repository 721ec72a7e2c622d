// What the kernels share. Compiled by nvcc, and by the C++ compiler in tests/gpu, where
// emulation.hpp stands for CUDA's headers.
#pragma once

#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_runtime.h>
#define DYNAMIC_SHARED(type, name)                              \
  extern __shared__ __align__(16) unsigned char shared_bytes[]; \
  type* name = reinterpret_cast<type*>(shared_bytes)
#endif

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "core/kernels.hpp"

namespace dinobench::device {

using Half = __nv_bfloat16;
constexpr unsigned kWholeWarp = 0xffffffffU;
constexpr int kWarp = 32;

__device__ inline float to_float(float value) { return value; }
__device__ inline float to_float(Half value) { return __bfloat162float(value); }
template <class T>
__device__ inline T from_float(float value);
template <>
__device__ inline float from_float<float>(float value) {
  return value;
}
template <>
__device__ inline Half from_float<Half>(float value) {
  return __float2bfloat16_rn(value);
}

/// N neighbours, moved by one access of N * sizeof(T) bytes: the address must be a multiple of it.
template <class T, int N>
struct alignas(sizeof(T) * N) Pack {
  T values[N];
};
template <int N, class T>
__device__ inline void load(const T* from, float (&to)[N]) {
  const Pack<T, N> pack = *reinterpret_cast<const Pack<T, N>*>(from);
  for (int i = 0; i < N; ++i) to[i] = to_float(pack.values[i]);
}
template <int N, class T>
__device__ inline void store(const float (&from)[N], T* to) {
  Pack<T, N> pack;
  for (int i = 0; i < N; ++i) pack.values[i] = from_float<T>(from[i]);
  *reinterpret_cast<Pack<T, N>*>(to) = pack;
}

/// How a kernel reads and writes: values of type T, N at an access.
template <class T, int N>
struct Access {};

/// launch(Access<T, N>()) with Half or float as T; N is HalfPack or 4 if `packed`, else 1.
template <int HalfPack, class Launch>
inline LaunchProblem by_access(bool half, bool packed, Launch launch) {
  if (half) return packed ? launch(Access<Half, HalfPack>()) : launch(Access<Half, 1>());
  return packed ? launch(Access<float, 4>()) : launch(Access<float, 1>());
}

/// Whether all are multiples of sixteen bytes; null is one.
inline bool aligned(std::initializer_list<const void*> addresses) {
  uintptr_t bits = 0;
  for (const void* address : addresses) bits |= reinterpret_cast<uintptr_t>(address);
  return bits % 16 == 0;
}

/// The sum over a warp, in an order that never changes; every lane gets the same bits.
template <class T>
__device__ inline T warp_sum(T value) {
  for (int offset = kWarp / 2; offset > 0; offset /= 2)
    value += __shfl_xor_sync(kWholeWarp, value, offset);
  return value;
}

/// The same over a block of up to 1024 threads, a multiple of 32. Every thread must call it.
template <class T>
__device__ inline T block_sum(T value) {
  __shared__ T parts[kWarp];
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  value = warp_sum(value);
  __syncthreads();  // the sum before this one has been read
  if (lane == 0) parts[warp] = value;
  __syncthreads();
  return warp_sum(lane < static_cast<int>(blockDim.x) / kWarp ? parts[lane] : T(0));
}

/// Starts a kernel on a stream (a cudaStream_t); an empty grid is no work.
template <class... Parameters, class... Arguments>
inline LaunchProblem launch(void (*kernel)(Parameters...), dim3 grid, int threads,
                            size_t shared_bytes, void* stream, Arguments... arguments) {
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return nullptr;
#ifdef __CUDACC__
  kernel<<<grid, threads, shared_bytes, static_cast<cudaStream_t>(stream)>>>(
      static_cast<Parameters>(arguments)...);
  const cudaError_t status = cudaGetLastError();
  return status == cudaSuccess ? nullptr : cudaGetErrorString(status);
#else
  static_cast<void>(stream);
  emulation::launch(grid, threads, shared_bytes,
                    [&] { kernel(static_cast<Parameters>(arguments)...); });
  return nullptr;
#endif
}

inline unsigned blocks(int64_t work, int64_t each) {
  return static_cast<unsigned>((work + each - 1) / each);
}

}  // namespace dinobench::device
