// Operations counted by hand.
#include "train/flop_count.hpp"

#include <cmath>

#include "backbones/backbone.hpp"
#include "backbones/layers.hpp"
#include "core/form.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace {

TEST_CASE("operations of a linear layer, forward and backward, in every form", "[flop_count]") {
  for (const Form wanted : available_forms()) {
    const FormScope scope(wanted);
    const Linear linear(70, 45);
    const at::Tensor x = at::randn({100, 70}).requires_grad_();
    const FlopCount count;
    const at::Tensor y = linear.forward(x);
    REQUIRE(count.total() == 2.0 * 100 * 70 * 45);
    y.sum().backward();
    REQUIRE(count.total() == 3 * 2.0 * 100 * 70 * 45);
  }
}

TEST_CASE("operations of a convolution with stride and padding", "[flop_count]") {
  const Conv2d conv(3, 8, 3, 2, 1, false);
  const at::Tensor x = at::randn({2, 3, 9, 11}).requires_grad_();
  const FlopCount count;
  const at::Tensor y = conv.forward(x);
  REQUIRE(count.total() == 2.0 * (2 * 5 * 6) * (8 * 3 * 3 * 3));
  y.sum().backward();
  REQUIRE(count.total() == 3 * 2.0 * (2 * 5 * 6) * (8 * 3 * 3 * 3));
}

TEST_CASE("operations of fused attention", "[flop_count]") {
  const at::Tensor q = at::randn({2, 3, 7, 64}), k = at::randn({2, 3, 5, 64});
  const FlopCount count;
  at::scaled_dot_product_attention(q, k, k);
  REQUIRE(count.total() == 4.0 * 2 * 3 * 7 * 5 * 64);
}

TEST_CASE("vit_small/16 at 224 pixels takes 9.20 GFLOP forward, all tokens of all blocks",
          "[flop_count]") {
  const auto vit = find_backbone("vit_small").make({});
  vit->eval();
  const at::NoGradGuard no_grad;
  const FormScope scope(widest_form(), /*reference_math=*/true);
  const FlopCount count;
  vit->forward(at::zeros({1, 3, 224, 224}), nullptr);
  REQUIRE(std::abs(count.total() * 1e-9 - 9.20) < 0.01);
}

}  // namespace
}  // namespace dinobench
