// Lean layers against torch's own operations: values and every gradient.
#include "backbones/lean_linear.hpp"

#include <ATen/Parallel.h>

#include "core/form.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace {

using Tensors = std::vector<at::Tensor>;

/// x, norm weight, norm bias, weight, bias.
Tensors inputs(at::IntArrayRef shape, int64_t out) {
  at::manual_seed(1);
  const int64_t in = shape.back();
  return {at::randn(shape), at::randn({in}), at::randn({in}), at::randn({out, in}),
          at::randn({out})};
}

at::Tensor layer(int kind, const Tensors& t) {
  if (kind == 0) return lean_linear(t[0], {t[3], t[4]});
  if (kind == 1) return lean_linear(t[0], {t[3], {}});
  if (kind == 2) return lean_gelu_linear(t[0], {t[3], t[4]});
  return lean_norm_linear(t[0], {t[1], t[2], 1e-6}, {t[3], t[4]});
}

/// The layer's values, then the gradient of each input that has one.
Tensors outcome(int kind, const Tensors& given, c10::ScalarType dtype) {
  Tensors leaves;
  for (const at::Tensor& t : given) leaves.push_back(t.to(dtype).clone().set_requires_grad(true));
  const at::Tensor y = layer(kind, leaves);
  y.mul(at::linspace(-1, 1, y.size(-1), y.options())).sum().backward();
  Tensors out{y.detach()};
  for (const at::Tensor& leaf : leaves)
    if (leaf.grad().defined()) out.push_back(leaf.grad());
  return out;
}

TEST_CASE("lean layers and their gradients are torch's, in every form", "[lean_linear]") {
  const Tensors given = inputs({7, 29, 70}, 45);
  for (int kind = 0; kind < 4; ++kind) {
    const Tensors exact = [&] {
      const FormScope scope(Form::portable, /*reference_math=*/true);
      return outcome(kind, given, at::kDouble);
    }();
    for (const Form wanted : available_forms()) {
      const FormScope scope(wanted);
      const Tensors wide = outcome(kind, given, at::kDouble);
      const Tensors got = outcome(kind, given, at::kFloat);
      REQUIRE(got.size() == exact.size());
      for (size_t i = 0; i < got.size(); ++i) {
        const double size = exact[i].abs().max().item<double>();
        REQUIRE(got[i].sizes() == exact[i].sizes());
        REQUIRE((wide[i] - exact[i]).abs().max().item<double>() < 1e-13 * size);
        REQUIRE((got[i] - exact[i]).abs().max().item<double>() < 5e-6 * size);
      }
    }
  }
}

TEST_CASE("the number of threads changes no bit of a lean layer", "[lean_linear]") {
  if (form() < Form::avx512) {
    WARN("skipped: this processor has no AVX-512");
    return;
  }
  const int before = at::get_num_threads();
  const Tensors given = inputs({300, 600}, 130);
  at::set_num_threads(1);
  const Tensors one = outcome(0, given, at::kFloat);
  at::set_num_threads(3);
  const Tensors three = outcome(0, given, at::kFloat);
  at::set_num_threads(before);
  for (size_t i = 0; i < 3; ++i) REQUIRE(at::equal(one[i], three[i]));
}

TEST_CASE("with the reference's arithmetic a lean layer is torch's to the bit", "[lean_linear]") {
  const FormScope scope(widest_form(), /*reference_math=*/true);
  const Tensors t = inputs({300, 60}, 50);
  REQUIRE(at::equal(layer(0, t), at::linear(t[0], t[3], t[4])));
  REQUIRE(at::equal(layer(2, t), at::linear(at::gelu(t[0]), t[3], t[4])));
}

}  // namespace
}  // namespace dinobench
