// The block's fused layers against torch's operations and their gradients.
#include "backbones/fused_layers.hpp"
#include "tests/gpu/gpu_test.hpp"

namespace dinobench {
namespace layers_kernel_test {

using gpu_test::close;

constexpr double kEpsilon = 1e-6;

struct Shape {
  int64_t samples, tokens, width;
  c10::ScalarType dtype;
  bool dropped;
};

// The same leaves twice: for torch's operations in float32, and for the kernels where they run.
struct Leaves {
  at::Tensor x, branch, weight, bias;
  std::vector<at::Tensor> grads() const {
    return {x.grad(), branch.grad(), weight.grad(), bias.grad()};
  }
};

Leaves leaves(const Shape& s, c10::Device device, bool plain) {
  const auto leaf = [&](at::Tensor values, bool stream) {
    if (stream) values = values.to(s.dtype);
    if (plain) values = values.to(at::kFloat);
    return values.to(device).clone().requires_grad_();
  };
  const std::vector<int64_t> shape{s.samples, s.tokens, s.width};
  return {leaf(gpu_test::random(shape, 1) + 3, true), leaf(gpu_test::random(shape, 2), true),
          leaf(gpu_test::random({s.width}, 3) + 1, false),
          leaf(gpu_test::random({s.width}, 4), false)};
}

void compare_norm(const Shape& s, c10::Device device) {
  INFO(s.samples << " x " << s.tokens << " x " << s.width);
  const Leaves plain = leaves(s, at::kCPU, true), fused = leaves(s, device, false);
  at::Tensor scales = at::full({s.samples}, 1.25F);
  scales[0] = 0;
  const at::Tensor factor = s.dropped ? scales.view({-1, 1, 1}) : at::ones({1, 1, 1});
  at::Tensor sum = plain.x + plain.branch * factor;
  // Rounded as the stream is, with the gradient of what was not.
  sum = sum + (sum.detach().to(s.dtype).to(at::kFloat) - sum.detach());
  const at::Tensor normed = at::layer_norm(sum, {s.width}, plain.weight, plain.bias, kEpsilon);
  const NormedSum got =
      fused_add_norm(fused.x, fused.branch, s.dropped ? scales.to(device) : at::Tensor(),
                     fused.weight, fused.bias, kEpsilon);
  const bool half = s.dtype == at::kBFloat16;
  REQUIRE(close(got.sum, sum, half ? 1.0 / 200 : 1e-6, 1e-6));
  REQUIRE(close(got.normed, normed, half ? 1.0 / 200 : 1e-5, half ? 1e-3 : 1e-5));
  const at::Tensor above = gpu_test::random(sum.sizes(), 5).to(s.dtype);
  const at::Tensor along = gpu_test::random(sum.sizes(), 6).to(s.dtype);
  ((normed * above.to(at::kFloat)).sum() + (sum * along.to(at::kFloat)).sum()).backward();
  ((got.normed * above.to(device)).sum() + (got.sum * along.to(device)).sum()).backward();
  const auto wanted = plain.grads(), grads = fused.grads();
  for (size_t i = 0; i < 4; ++i) {
    INFO("gradient " << i);
    const double scale = wanted[i].abs().max().item<double>();
    const bool stream = i < 2 && half;
    REQUIRE(close(grads[i], wanted[i], stream ? 1.0 / 200 : 1e-5, (stream ? 1e-3 : 2e-6) * scale));
  }
}

TEST_CASE("residual, drop path and layer norm fused are what torch computes in steps", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    compare_norm({2, 3, 32, at::kFloat, false}, device);
    compare_norm({3, 7, 384, at::kFloat, true}, device);
    compare_norm({2, 5, 33, at::kFloat, true}, device);  // rows that are not aligned, a lone column
    compare_norm({1, 1, 1536, at::kFloat, false}, device);
    compare_norm({5, 41, 64, at::kBFloat16, true}, device);
    compare_norm({2, 3, 39, at::kBFloat16, false}, device);
  });
}

TEST_CASE("the layer norm alone, and with rows for every block twice", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    const Leaves plain = leaves({1, 2051, 8, at::kFloat, false}, at::kCPU, true);
    const Leaves fused = leaves({1, 2051, 8, at::kFloat, false}, device, false);
    const at::Tensor wanted = at::layer_norm(plain.x, {8}, plain.weight, plain.bias, kEpsilon);
    const at::Tensor got = fused_norm(fused.x, fused.weight, fused.bias, kEpsilon);
    REQUIRE(close(got, wanted, 1e-5, 1e-5));
    const at::Tensor above = gpu_test::random(wanted.sizes(), 5);
    (wanted * above).sum().backward();
    (got * above.to(device)).sum().backward();
    REQUIRE(close(fused.x.grad(), plain.x.grad(), 1e-4, 1e-5));
    REQUIRE(close(fused.weight.grad(), plain.weight.grad(), 1e-5, 1e-4));
    REQUIRE(close(fused.bias.grad(), plain.bias.grad(), 1e-5, 1e-4));
  });
}

TEST_CASE("a sum that nobody reads, and a norm that nobody reads, have gradients", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    const Shape shape{2, 3, 16, at::kFloat, false};
    Leaves fused = leaves(shape, device, false);
    const auto run = [&] {
      return fused_add_norm(fused.x, fused.branch, {}, fused.weight, fused.bias, kEpsilon);
    };
    run().sum.sum().backward();
    REQUIRE(fused.x.grad().equal(at::ones_like(fused.x)));
    REQUIRE(fused.weight.grad().equal(at::zeros_like(fused.weight)));
    fused = leaves(shape, device, false);
    run().normed.sum().backward();
    REQUIRE(close(fused.bias.grad(), at::full({16}, 6.0), 1e-6, 0));
    REQUIRE(fused.branch.grad().equal(fused.x.grad()));
  });
}

void compare_gelu(at::IntArrayRef shape, c10::ScalarType dtype, c10::Device device) {
  INFO(shape);
  const at::Tensor x = (gpu_test::random(shape, 1) * 2).to(dtype);
  const at::Tensor bias = gpu_test::random({shape.back()}, 2);
  const at::Tensor plain_x = x.to(at::kFloat).clone().requires_grad_();
  const at::Tensor plain_bias = bias.clone().requires_grad_();
  const at::Tensor fused_x = x.to(device).clone().requires_grad_();
  const at::Tensor fused_bias = bias.to(device).clone().requires_grad_();
  const at::Tensor wanted = at::gelu(plain_x + plain_bias);
  const at::Tensor got = fused_bias_gelu(fused_x, fused_bias);
  const bool half = dtype == at::kBFloat16;
  REQUIRE(close(got, wanted, half ? 1.0 / 200 : 1e-5, 2e-6));
  const at::Tensor above = gpu_test::random(shape, 3).to(dtype);
  (wanted * above.to(at::kFloat)).sum().backward();
  (got * above.to(device)).sum().backward();
  REQUIRE(close(fused_x.grad(), plain_x.grad(), half ? 1.0 / 200 : 1e-5, 2e-6));
  REQUIRE(close(fused_bias.grad(), plain_bias.grad(), 1e-5, 3e-5));
}

TEST_CASE("bias and exact GELU fused are what torch computes in steps", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    compare_gelu({2, 9, 64}, at::kFloat, device);
    compare_gelu({1, 13}, at::kFloat, device);    // not aligned
    compare_gelu({67, 520}, at::kFloat, device);  // two tiles, uneven strips
    compare_gelu({4100, 4}, at::kFloat, device);  // more rows than strips by far
    compare_gelu({3, 11, 1536}, at::kBFloat16, device);
    compare_gelu({5, 77}, at::kBFloat16, device);
  });
}

TEST_CASE("the fused layers refuse what does not fit together", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    const at::Tensor x = at::zeros({2, 3, 8}, device), w = at::ones({8}, device);
    REQUIRE_THROWS_WITH(fused_norm(x, at::ones({7}, device), w, kEpsilon),
                        Catch::Contains("a weight of 7"));
    REQUIRE_THROWS_WITH(fused_norm(x.transpose(0, 1), w, w, kEpsilon),
                        Catch::Contains("the stream must be contiguous"));
    REQUIRE_THROWS_WITH(fused_add_norm(x, x, at::ones({4}, device), w, w, kEpsilon),
                        Catch::Contains("4 row scales for 6 rows"));
    REQUIRE_THROWS_WITH(fused_bias_gelu(x.to(at::kDouble), w), Catch::Contains("the product"));
  });
}

}  // namespace layers_kernel_test
}  // namespace dinobench
