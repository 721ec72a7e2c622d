// The neighbour kernels against nearest(): the same rows and the same bits.
#include "eval/device_neighbours.hpp"
#include "tests/gpu/gpu_test.hpp"

namespace dinobench {
namespace nearest_kernel_test {

void compare(const at::Tensor& queries, const at::Tensor& bank, int64_t k, int64_t columns,
             c10::Device device) {
  INFO(queries.size(0) << " queries, " << bank.size(0) << " rows, k " << k);
  const at::Tensor left = unit_rows(queries), right = unit_rows(bank);
  const Neighbours wanted = nearest(left, right, k);
  const Neighbours got = nearest_on_device(left.to(device), right.to(device), k, columns);
  REQUIRE(got.index == wanted.index);
  REQUIRE(got.similarity == wanted.similarity);
}

TEST_CASE("the neighbour kernels find the rows that nearest() finds, with the same bits", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    compare(gpu_test::random({3, 19}, 1), gpu_test::random({50, 19}, 2), 50, 7, device);
    compare(gpu_test::random({2, 8}, 3), gpu_test::random({1, 8}, 4), 1, 64, device);
    // Lists that run full and are tightened, over several products, one of odd length.
    compare(gpu_test::random({2, 20}, 5), gpu_test::random({9001, 20}, 6), 200, 4100, device);
    compare(gpu_test::random({1, 5}, 7), gpu_test::random({6000, 5}, 8), 2048, 6000, device);
  });
}

TEST_CASE("equal rows come by index, and a crowd of them falls back to the host", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    const at::Tensor queries = gpu_test::random({2, 16}, 1);
    const at::Tensor few = gpu_test::random({7, 16}, 2).repeat({100, 1});
    compare(queries, few, 60, 300, device);
    compare(queries, few.narrow(0, 0, 1).repeat({5000, 1}), 9, 5000, device);
  });
}

TEST_CASE("a k that the kernels cannot hold is refused", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    const at::Tensor rows = at::ones({3, 4}, device);
    REQUIRE_THROWS_WITH(nearest_on_device(rows, rows, 4), Catch::Contains("k = 4"));
  });
}

}  // namespace nearest_kernel_test
}  // namespace dinobench
