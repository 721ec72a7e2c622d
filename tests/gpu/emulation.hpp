// CUDA's execution model in small, so that the source of a kernel runs in a CPU test: the blocks of
// a grid one after another, the threads of a block as fibers that switch only at barriers and warp
// exchanges. Between two barriers one thread runs to the end before the next begins, in an order
// the test chooses: a missing barrier shows as a result that depends on it. Barriers that not all
// threads reach, or at different lines, end the launch with an error. No memory model, no timing,
// one-dimensional blocks.
#pragma once

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned width = 1, unsigned height = 1, unsigned depth = 1)
      : x(width), y(height), z(depth) {}
};
inline dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulation {

enum class Order { forward, backward, shuffled };
inline Order order = Order::forward;  // of blocks, and of threads between two barriers

enum class State { fresh, ready, at_warp_barrier, at_block_barrier, done };
struct Fiber {
  ucontext_t context{};  // of its beginning
  jmp_buf place{};       // where it waits
  std::vector<char> stack;
  State state = State::ready;
  int line = 0;  // of the block barrier it waits at
};

struct Machine {
  std::vector<std::unique_ptr<Fiber>> fibers;        // kept from block to block: stacks are large
  std::vector<std::array<unsigned char, 16>> slots;  // what lanes exchange
  std::vector<unsigned char> shared;
  std::function<void()> body;
  jmp_buf scheduler{};
  unsigned running = 0, count = 0;
};
inline Machine machine;

inline void run_body() {
  machine.body();
  machine.fibers[machine.running]->state = State::done;
  _longjmp(machine.scheduler, 1);
}

// Jumps, not swapcontext(): that asks the kernel for the signal mask at every switch.
inline void wait(State state, int line) {
  Fiber& self = *machine.fibers[machine.running];
  self.state = state, self.line = line;
  if (_setjmp(self.place) == 0) _longjmp(machine.scheduler, 1);
}

/// Lets a fiber run to its next barrier, or to its end.
inline void resume(Fiber& fiber) {
  const bool fresh = fiber.state == State::fresh;
  fiber.state = State::ready;
  if (_setjmp(machine.scheduler) != 0) return;
  if (fresh) setcontext(&fiber.context);
  _longjmp(fiber.place, 1);
}

inline std::vector<unsigned> ordered(unsigned count) {
  std::vector<unsigned> out(count);
  std::iota(out.begin(), out.end(), 0U);
  if (order == Order::backward) std::reverse(out.begin(), out.end());
  if (order == Order::shuffled) std::shuffle(out.begin(), out.end(), std::minstd_rand(count));
  return out;
}

/// Opens a barrier of fibers [first, last) if all wait at it; false if some run on or wait
/// elsewhere.
inline bool open_barrier(unsigned first, unsigned last, State state) {
  const auto& fibers = machine.fibers;
  for (unsigned i = first; i < last; ++i) {
    if (fibers[i]->state != state || fibers[i]->line != fibers[first]->line) return false;
  }
  for (unsigned i = first; i < last; ++i) fibers[i]->state = State::ready;
  return true;
}

inline void begin_block() {
  while (machine.fibers.size() < machine.count) {
    machine.fibers.push_back(std::make_unique<Fiber>());
    machine.fibers.back()->stack.resize(1 << 16);
  }
  std::fill(machine.shared.begin(), machine.shared.end(), static_cast<unsigned char>(0xff));
  for (unsigned i = 0; i < machine.count; ++i) {
    Fiber& fiber = *machine.fibers[i];
    fiber.state = State::fresh;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.data();
    fiber.context.uc_stack.ss_size = fiber.stack.size();
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, run_body, 0);
  }
}

inline void run_block() {
  begin_block();
  const std::vector<unsigned> turns = ordered(machine.count);
  while (true) {
    for (const unsigned i : turns) {
      Fiber& fiber = *machine.fibers[i];
      if (fiber.state != State::ready && fiber.state != State::fresh) continue;
      machine.running = i;
      threadIdx = dim3(i, 0, 0);
      resume(fiber);
    }
    bool opened = open_barrier(0, machine.count, State::at_block_barrier);
    for (unsigned warp = 0; warp < machine.count; warp += 32)
      opened |= open_barrier(warp, std::min(warp + 32, machine.count), State::at_warp_barrier);
    if (opened) continue;
    const bool done = std::all_of(machine.fibers.begin(), machine.fibers.begin() + machine.count,
                                  [](const auto& fiber) { return fiber->state == State::done; });
    if (done) return;
    throw std::logic_error("threads of a block part at a barrier");
  }
}

template <class Body>
void launch(dim3 grid, int threads, size_t shared_bytes, Body body) {
  if (threads < 1 || threads > 1024 || grid.y > 65535 || grid.z > 65535 || shared_bytes > 232448)
    throw std::logic_error("CUDA refuses this launch");
  gridDim = grid, blockDim = dim3(static_cast<unsigned>(threads));
  machine.count = static_cast<unsigned>(threads);
  machine.body = body;
  machine.shared.assign(shared_bytes, 0);
  machine.slots.resize(static_cast<size_t>(threads));
  for (const unsigned block : ordered(grid.x * grid.y * grid.z)) {
    blockIdx = dim3(block % grid.x, block / grid.x % grid.y, block / grid.x / grid.y);
    run_block();
  }
}

template <class T>
T exchange(unsigned mask, T value, unsigned from_lane) {
  static_assert(sizeof(T) <= 16);
  if (mask != 0xffffffffU) throw std::logic_error("only whole warps exchange values here");
  const unsigned self = machine.running, warp = self / 32 * 32;
  std::memcpy(machine.slots[self].data(), &value, sizeof(T));
  wait(State::at_warp_barrier, 0);
  T out = value;
  if (warp + from_lane < machine.count)
    std::memcpy(&out, machine.slots[warp + from_lane].data(), sizeof(T));
  wait(State::at_warp_barrier, 0);
  return out;
}

/// Calls the test once for each order.
template <class Test>
void in_every_order(Test test) {
  for (const Order each : {Order::forward, Order::backward, Order::shuffled}) {
    order = each;
    test();
  }
  order = Order::forward;
}

}  // namespace emulation

#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __launch_bounds__(...)
#define __syncthreads() emulation::wait(emulation::State::at_block_barrier, __LINE__)
#define __syncwarp() emulation::wait(emulation::State::at_warp_barrier, 0)
#define DYNAMIC_SHARED(type, name) \
  type* name = reinterpret_cast<type*>(emulation::machine.shared.data())

template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lanes) {
  return emulation::exchange(mask, value, threadIdx.x % 32 ^ static_cast<unsigned>(lanes));
}
template <class T>
T __shfl_sync(unsigned mask, T value, int lane) {
  return emulation::exchange(mask, value, static_cast<unsigned>(lane));
}
template <class T>
T atomicAdd(T* at, T value) {
  const T before = *at;
  *at += value;
  return before;
}

inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __dadd_rn(double a, double b) { return a + b; }
inline uint32_t __float_as_uint(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}
inline float __uint_as_float(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

struct __nv_bfloat16 {
  uint16_t bits;
};
inline float __bfloat162float(__nv_bfloat16 value) {
  return __uint_as_float(static_cast<uint32_t>(value.bits) << 16);
}
inline __nv_bfloat16 __float2bfloat16_rn(float value) {
  const uint32_t bits = __float_as_uint(value);
  if (std::isnan(value)) return {0x7fff};
  return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};  // half to even
}
