// The scaled product against torch's weight norm and linear, values and gradients.
#include "methods/weight_norm_linear.hpp"

#include "backbones/layers.hpp"
#include "core/form.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace {

using Tensors = std::vector<at::Tensor>;

Tensors outcome(c10::ScalarType dtype, bool reference) {
  const FormScope scope(widest_form(), reference);
  at::manual_seed(3);
  Tensors leaves{at::randn({40, 24}), at::randn({300, 24}), at::rand({300, 1}) + 0.5};
  for (at::Tensor& leaf : leaves) leaf = leaf.to(dtype).set_requires_grad(true);
  const at::Tensor y = weight_norm_linear(leaves[0], leaves[1], leaves[2]);
  (y * at::arange(300, y.options()).cos()).pow(2).sum().backward();
  return {y.detach(), leaves[0].grad(), leaves[1].grad(), leaves[2].grad()};
}

TEST_CASE("a weight-normed layer and its three gradients are torch's", "[weight_norm_linear]") {
  const Tensors exact = outcome(at::kDouble, true), wide = outcome(at::kDouble, false);
  const Tensors narrow = outcome(at::kFloat, false);
  for (size_t i = 0; i < exact.size(); ++i) {
    const double size = exact[i].abs().max().item<double>();
    REQUIRE((wide[i] - exact[i]).abs().max().item<double>() < 1e-13 * size);
    REQUIRE((narrow[i] - exact[i]).abs().max().item<double>() < 5e-6 * size);
  }
}

TEST_CASE("by hand: length 2 along (3, 4) / 5", "[weight_norm_linear]") {
  const at::Tensor y =
      weight_norm_linear(at::tensor({1.0, 2.0}).view({1, 2}), at::tensor({3.0, 4.0}).view({1, 2}),
                         at::full({1, 1}, 2.0, at::kDouble));
  REQUIRE(y.item<double>() == Approx(4.4));
}

TEST_CASE("a convolution of patches side by side equals torch's, with a rest at the edges",
          "[lean_linear]") {
  Conv2d conv(3, 10, 4, 4, 0, true);
  const at::Tensor x = at::randn({2, 3, 13, 18});
  const auto outcome_of = [&](bool reference) {
    const FormScope scope(widest_form(), reference);
    conv.zero_grad();
    const at::Tensor y = conv.forward(x);
    y.pow(2).sum().backward();
    return Tensors{y.detach(), conv.weight.grad().clone(), conv.bias.grad().clone()};
  };
  const Tensors own = outcome_of(false), torchs = outcome_of(true);
  for (size_t i = 0; i < own.size(); ++i) REQUIRE(at::allclose(own[i], torchs[i], 1e-5, 1e-5));
}

}  // namespace
}  // namespace dinobench
