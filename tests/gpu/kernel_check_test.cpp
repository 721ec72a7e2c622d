// The check that a run makes before it trusts the kernels.
#include "train/kernel_check.hpp"

#include "tests/gpu/gpu_test.hpp"

namespace dinobench {
namespace kernel_check_test {

TEST_CASE("every kernel agrees with its twin where it runs, and one that does not is named") {
  gpu_test::on_kernel_device_once([](c10::Device device) {
    CHECK(kernel_problem(device) == "");
    CHECK(kernel_problem(device, 0).starts_with("residual and layer norm is off by"));
  });
}

}  // namespace kernel_check_test
}  // namespace dinobench
