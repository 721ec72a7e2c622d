// The neighbour kernels against nearest(): the same rows and the same bits.
#include <c10/core/CPUAllocator.h>

#include "core/form.hpp"
#include "eval/device_neighbours.hpp"
#include "eval/sharded_search.hpp"
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

// The search as k-NN calls it: each rank on this device, all answers on each rank.
Neighbours search(const at::Tensor& queries, const at::Tensor& bank, int64_t k,
                  c10::Device device) {
  const auto comm = make_communicator();
  Console console(false, true);
  RunRecord record;
  RunContext context{*comm, console, record};
  context.device = device;
  return sharded_nearest(queries, bank, k, context);
}

TEST_CASE("ranks that search a bank on their devices find what nearest() finds", "[gpu][ranks]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    const at::Tensor bank = unit_rows(gpu_test::random({2500, 12}, 2));
    for (const int64_t count : {1, 6}) {
      const at::Tensor queries = unit_rows(gpu_test::random({count, 12}, 1));
      for (const int64_t k : {1, 20, 2100}) {  // the last is too many for the kernels
        const Neighbours wanted = nearest(queries, bank, k), got = search(queries, bank, k, device);
        REQUIRE(got.queries == count);
        REQUIRE(got.index == wanted.index);
        REQUIRE(got.similarity == wanted.similarity);
      }
    }
  });
}

// The memory of an emulated device: one allocation of a list's size or more fails.
class Refusing final : public c10::Allocator {
 public:
  Refusing() : inner_(c10::GetCPUAllocator()) { c10::SetCPUAllocator(this, 1); }
  ~Refusing() override { c10::SetCPUAllocator(inner_, 1); }
  c10::DataPtr allocate(size_t bytes) override {
    if (bytes >= 4096 * sizeof(float) && ++refused == 1)
      throw c10::OutOfMemoryError({__func__, __FILE__, __LINE__}, "nothing left");
    return inner_->allocate(bytes);
  }
  c10::DeleterFnPtr raw_deleter() const override { return inner_->raw_deleter(); }
  void copy_data(void* to, const void* from, std::size_t count) const override {
    inner_->copy_data(to, from, count);
  }
  int refused = 0;

 private:
  c10::Allocator* inner_;
};

TEST_CASE("a device without the memory leaves the search to the host", "[gpu]") {
  if (kernel_build() != KernelBuild::emulated) return;
  const at::Tensor queries = unit_rows(gpu_test::random({1, 4}, 1));
  const at::Tensor bank = unit_rows(gpu_test::random({30, 4}, 2));
  const Neighbours wanted = nearest(queries, bank, 5);
  const c10::Device device(c10::DeviceType::CPU);
  {
    const FormScope plain(form(), /*reference_math=*/true);
    Refusing memory;
    REQUIRE(search(queries, bank, 5, device).index == wanted.index);
    REQUIRE(memory.refused == 0);  // the kernels' lists were not asked for
  }
  Refusing memory;
  REQUIRE(search(queries, bank, 5, device).index == wanted.index);
  REQUIRE(memory.refused == 1);
}

}  // namespace nearest_kernel_test
}  // namespace dinobench
