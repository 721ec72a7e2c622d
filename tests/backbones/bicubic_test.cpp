// The position table's fixed matrix product against torch's own resize.
#include "tests/test.hpp"
// Torch and Catch first, then ours.
#include "backbones/autocast.hpp"
#include "backbones/bicubic.hpp"
#include "tests/backbones/portable_fill.hpp"
#include "tests/devices.hpp"

namespace dinobench {
namespace bicubic_test {
namespace {

struct Shape {
  int64_t side, height, width;
};
// Local crops, a larger and a non-square image, and one axis left as it is.
const std::vector<Shape> shapes{{14, 6, 6}, {28, 12, 12}, {14, 30, 52}, {4, 2, 2}, {4, 4, 7}};

double scale_of(int64_t out, int64_t in) {
  return (static_cast<double>(out) + 0.1) / static_cast<double>(in);
}

TEST_CASE("the matrix product equals torch's bicubic resize, values and gradients") {
  for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
    const double tolerance = dtype == at::kFloat ? 1e-6 : 1e-14;  // of the norm
    for (const auto& [side, height, width] : shapes) {
      INFO(side << " to " << height << " x " << width);
      const double down = scale_of(height, side), across = scale_of(width, side);
      const at::Tensor one = portable::values(61, {1, 5, side, side}, 1).to(dtype).requires_grad_();
      const at::Tensor two = one.detach().clone().requires_grad_();
      const at::Tensor left =
          resize_bicubic(one, bicubic_resizing(one, height, width, down, across));
      const at::Tensor right = at::upsample_bicubic2d(two, {height, width}, false, down, across);
      REQUIRE(left.sizes() == right.sizes());
      REQUIRE(((left - right).norm() / right.norm()).item<double>() < tolerance);
      REQUIRE((left - right).abs().max().item<double>() < 4 * tolerance);
      const at::Tensor seed = portable::values(62, {1, 5, height, width}, 1).to(dtype);
      (left * seed).sum().backward();
      (right * seed).sum().backward();
      REQUIRE(((one.grad() - two.grad()).norm() / two.grad().norm()).item<double>() < tolerance);
    }
  }
}

TEST_CASE("taps at a quarter are the kernel's values, and borders repeat") {
  // Twice as many outputs: they sample at -0.25, 0.25, 0.75 ... A quarter from its cell, A = -0.75:
  // k(1.25) = -0.10546875, k(0.25) = 0.87890625, k(0.75) = 0.26171875, k(1.75) = -0.03515625.
  const at::Tensor matrix = bicubic_matrix(4, 8, 2.0, at::kDouble);
  const at::Tensor inner =
      at::tensor({-0.10546875, 0.87890625, 0.26171875, -0.03515625}, at::kDouble);
  REQUIRE(at::allclose(matrix[3], inner, 0, 1e-15));
  REQUIRE(at::allclose(matrix[4], inner.flip(0), 0, 1e-15));
  const at::Tensor first =
      at::tensor({-0.03515625 + 0.26171875 + 0.87890625, -0.10546875, 0.0, 0.0}, at::kDouble);
  REQUIRE(at::allclose(matrix[0], first, 0, 1e-15));
  REQUIRE(at::allclose(matrix.sum(1), at::ones({8}, at::kDouble), 0, 1e-14));
}

TEST_CASE("autocast does not narrow the product, on any device") {
  for (const c10::Device device : test_devices()) {
    const at::Tensor grid = portable::values(63, {1, 4, 14, 14}, 1).to(device, at::kFloat);
    const auto resized = [&] {
      return resize_bicubic(grid, bicubic_resizing(grid, 6, 6, 0.4, 0.4));
    };
    const at::Tensor plain = resized();
    const AutocastScope mixed(device, Precision::bf16);
    const at::Tensor under = resized();
    REQUIRE(at::equal(under, plain));
    REQUIRE(under.scalar_type() == at::kFloat);
    REQUIRE(at::mm(grid[0][0], grid[0][1]).scalar_type() == at::kBFloat16);  // still on outside
  }
}

}  // namespace
}  // namespace bicubic_test
}  // namespace dinobench
