// The emulation itself: barriers, exchanges, and that it notices what CUDA would not forgive.
#include "tests/gpu/emulation.hpp"

#include "core/device.cuh"
#include "tests/gpu/gpu_test.hpp"

namespace dinobench {
namespace emulation_test {

void reverse_in_shared(const int* in, int* out, bool with_barrier) {
  __shared__ int room[64];
  room[threadIdx.x] = in[threadIdx.x];
  if (with_barrier) __syncthreads();
  out[threadIdx.x] = room[63 - threadIdx.x];
}

bool reverses(bool with_barrier) {
  std::vector<int> in(64), out(64);
  std::iota(in.begin(), in.end(),
            1 + 2 * static_cast<int>(emulation::order) + with_barrier);  // not what is left there
  device::launch(reverse_in_shared, dim3(1), 64, 0, nullptr, in.data(), out.data(), with_barrier);
  return std::equal(in.rbegin(), in.rend(), out.begin());
}

void sum_of_threads(float* out) {
  const float sum = device::block_sum(static_cast<float>(threadIdx.x + 1));
  out[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

void part_ways() {
  if (threadIdx.x < 5) __syncthreads();
}

TEST_CASE("emulated threads meet at barriers, and a missing one shows", "[gpu]") {
  emulation::in_every_order([] {
    REQUIRE(reverses(true));
    REQUIRE_FALSE(reverses(false));
  });
}

TEST_CASE("a block's sum reaches every thread", "[gpu]") {
  emulation::in_every_order([] {
    std::vector<float> out(3 * 96);
    device::launch(sum_of_threads, dim3(3), 96, 0, nullptr, out.data());
    REQUIRE(std::count(out.begin(), out.end(), 96.0F * 97 / 2) == 3 * 96);
  });
}

TEST_CASE("threads that part at a barrier are an error", "[gpu]") {
  REQUIRE_THROWS_WITH(device::launch(part_ways, dim3(1), 32, 0, nullptr), Catch::Contains("part"));
  REQUIRE_THROWS(device::launch(part_ways, dim3(1), 2048, 0, nullptr));
}

TEST_CASE("emulated bfloat16 rounds as torch's does", "[gpu]") {
  const at::Tensor values = gpu_test::random({4096}, 7, 100);
  const at::Tensor wanted = values.to(at::kBFloat16).to(at::kFloat);
  for (int64_t i = 0; i < 4096; ++i) {
    const float value = values.const_data_ptr<float>()[i];
    REQUIRE(__bfloat162float(__float2bfloat16_rn(value)) == wanted.const_data_ptr<float>()[i]);
  }
}

}  // namespace emulation_test
}  // namespace dinobench
