// Optimisers against hand calculation and their written-out formulas.
#include "tests/test.hpp"
// Torch before everything.
#include <cmath>

#include "core/error.hpp"
#include "core/form.hpp"
#include "tests/devices.hpp"
#include "train/optimizer.hpp"

namespace dinobench {
namespace optimizer_test {
namespace {

at::Tensor leaf(std::vector<double> values, at::IntArrayRef shape, at::ScalarType dtype) {
  at::Tensor out = at::tensor(values, dtype).reshape(shape);
  out.set_requires_grad(true);
  out.mutable_grad() = at::zeros(shape, dtype);
  return out;
}

void set_gradient(const at::Tensor& parameter, const std::vector<double>& values) {
  parameter.grad().copy_(at::tensor(values, at::kDouble).reshape(parameter.sizes()));
}

double at_index(const at::Tensor& tensor, int64_t i) {
  return tensor.detach().flatten()[i].item<double>();
}

const auto nothing_absent = [](const std::string&) { return false; };

TEST_CASE("weight decay acts on everything but biases and one-dimensional parameters") {
  REQUIRE(is_decayed("backbone.cls_token", at::zeros({1, 1, 4})));
  REQUIRE(is_decayed("backbone.pos_embed", at::zeros({1, 5, 4})));
  REQUIRE(is_decayed("head.last_layer.weight_g", at::zeros({4, 1})));
  REQUIRE_FALSE(is_decayed("backbone.norm.weight", at::zeros({4})));
  REQUIRE_FALSE(is_decayed("backbone.patch_embed.proj.bias", at::zeros({4})));
  REQUIRE_FALSE(is_decayed("odd.bias", at::zeros({4, 2})));
}

TEST_CASE("AdamW's first step moves by the learning rate against the sign, after decay") {
  const at::Tensor p = leaf({1.0, -2.0}, {1, 2}, at::kDouble);
  set_gradient(p, {0.5, -0.25});
  make_adamw({{"w", p}})->step(0.1, 0.04, nothing_absent);
  REQUIRE(at_index(p, 0) == Approx(1.0 * (1 - 0.1 * 0.04) - 0.1).epsilon(1e-7));
  REQUIRE(at_index(p, 1) == Approx(-2.0 * (1 - 0.1 * 0.04) + 0.1).epsilon(1e-7));
}

struct PlainAdamW {  // one number; dino.md 6.2
  double p, m = 0, v = 0;
  int t = 0;
  void step(double g, double lr, double wd) {
    ++t;
    p *= 1 - lr * wd;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    p -=
        lr / (1 - std::pow(0.9, t)) * m / (std::sqrt(v) / std::sqrt(1 - std::pow(0.999, t)) + 1e-8);
  }
};

TEST_CASE("AdamW equals its formula over many steps, in both precisions and groups") {
  const bool reference = GENERATE(false, true);
  const FormScope scope(widest_form(), reference);
  const auto [dtype, tolerance] =
      GENERATE(table<at::ScalarType, double>({{at::kDouble, 1e-13}, {at::kFloat, 2e-6}}));
  const at::Tensor matrix = leaf({0.3, -0.7}, {2, 1}, dtype), vector = leaf({1.5}, {1}, dtype);
  const auto adamw = make_adamw({{"matrix", matrix}, {"vector", vector}});
  PlainAdamW first{0.3}, second{-0.7}, third{1.5};
  for (int step = 0; step < 50; ++step) {
    const double g = std::sin(step), lr = 0.01 * (step + 1), wd = 0.04 + 0.01 * step;
    set_gradient(matrix, {g, -2 * g});
    set_gradient(vector, {g * g});
    adamw->step(lr, wd, nothing_absent);
    first.step(g, lr, wd);
    second.step(-2 * g, lr, wd);
    third.step(g * g, lr, 0);
  }
  REQUIRE(at_index(matrix, 0) == Approx(first.p).epsilon(tolerance));
  REQUIRE(at_index(matrix, 1) == Approx(second.p).epsilon(tolerance));
  REQUIRE(at_index(vector, 0) == Approx(third.p).epsilon(tolerance));
}

TEST_CASE("a parameter absent at a step keeps its bits, and its count starts when it comes") {
  const at::Tensor always = leaf({1.0}, {1, 1}, at::kDouble),
                   late = leaf({2.0}, {1, 1}, at::kDouble);
  const auto adamw = make_adamw({{"always", always}, {"late", late}});
  const auto late_absent = [](const std::string& name) { return name == "late"; };
  set_gradient(always, {0.5});
  set_gradient(late, {0.5});
  for (int step = 0; step < 3; ++step) adamw->step(0.1, 0.4, late_absent);
  REQUIRE(at_index(late, 0) == 2.0);
  const Value before = adamw->state();
  REQUIRE(before.find("state")->as_dict().size() == 1);
  adamw->step(0.1, 0.4, nothing_absent);
  PlainAdamW fresh{2.0};
  fresh.step(0.5, 0.1, 0.4);
  REQUIRE(at_index(late, 0) == Approx(fresh.p).epsilon(1e-13));
  const Value after = adamw->state();
  REQUIRE(to_tensor(after.find("state")->as_dict()[0].second.find("step")->as_tensor())
              .item<double>() == 4);
  REQUIRE(to_tensor(after.find("state")->as_dict()[1].second.find("step")->as_tensor())
              .item<double>() == 1);
}

TEST_CASE("SGD by hand: momentum 0.9, decay added to the gradient, none on vectors") {
  const at::Tensor matrix = leaf({1.0}, {1, 1}, at::kDouble),
                   vector = leaf({1.0}, {1}, at::kDouble);
  const auto sgd = make_sgd({{"matrix", matrix}, {"vector", vector}});
  set_gradient(matrix, {0.5});
  set_gradient(vector, {0.5});
  sgd->step(0.1, 0.2, nothing_absent);  // buffers 0.5 + 0.2 = 0.7 and 0.5
  REQUIRE(at_index(matrix, 0) == Approx(0.93).epsilon(1e-14));
  REQUIRE(at_index(vector, 0) == Approx(0.95).epsilon(1e-14));
  sgd->step(0.1, 0.2, nothing_absent);  // 0.63 + 0.5 + 0.186 = 1.316; 0.45 + 0.5 = 0.95
  REQUIRE(at_index(matrix, 0) == Approx(0.93 - 0.1316).epsilon(1e-14));
  REQUIRE(at_index(vector, 0) == Approx(0.95 - 0.095).epsilon(1e-14));
}

TEST_CASE("LARS by hand: matrices move a thousandth of their norm, vectors as in SGD") {
  const at::Tensor matrix = leaf({3.0, 4.0}, {1, 2}, at::kDouble),
                   vector = leaf({1.0}, {1}, at::kDouble);
  const auto lars = make_lars({{"matrix", matrix}, {"vector", vector}});
  set_gradient(matrix, {-0.3, 0.4 - 0.4});  // with decay 0.1: (0, 0.4), norm 0.4
  set_gradient(vector, {2.0});
  lars->step(0.5, 0.1, nothing_absent);
  // q = 0.001 * 5 / 0.4 = 0.0125: the direction becomes (0, 0.005).
  REQUIRE(at_index(matrix, 0) == Approx(3.0).epsilon(1e-14));
  REQUIRE(at_index(matrix, 1) == Approx(4.0 - 0.5 * 0.005).epsilon(1e-14));
  REQUIRE(at_index(vector, 0) == Approx(1.0 - 0.5 * 2.0).margin(1e-14));
}

TEST_CASE("LARS leaves the scale at 1 where a norm is 0") {
  const at::Tensor zero = leaf({0.0, 0.0}, {1, 2}, at::kDouble);
  const auto lars = make_lars({{"w", zero}});
  set_gradient(zero, {0.25, 0});
  lars->step(1.0, 0.1, nothing_absent);
  REQUIRE(at_index(zero, 0) == -0.25);
}

TEST_CASE("an optimiser's state carries over: the next step has the same bits") {
  const std::string name = GENERATE("adamw", "sgd", "lars");
  const auto build = [] {
    return NamedTensors{{"v", leaf({0.5, 0.25}, {2}, at::kFloat)},
                        {"m", leaf({1, 2, 3, 4}, {2, 2}, at::kFloat)}};
  };
  const NamedTensors a = build(), b = build();
  const auto one = make_optimizer(name, a), two = make_optimizer(name, b);
  const auto step = [&](const NamedTensors& parameters, Optimizer& optimizer, double g) {
    set_gradient(parameters[0].second, {g, -g});
    set_gradient(parameters[1].second, {g, 2 * g, -g, 0.1});
    optimizer.step(0.03, 0.1, nothing_absent);
  };
  for (int i = 0; i < 4; ++i) step(a, *one, 0.1 * i - 0.2);
  for (size_t i = 0; i < a.size(); ++i) {
    b[i].second.detach().copy_(a[i].second.detach());
  }
  two->load_state(one->state());
  step(a, *one, 0.7);
  step(b, *two, 0.7);
  for (size_t i = 0; i < a.size(); ++i) REQUIRE(at::equal(a[i].second, b[i].second));
}

TEST_CASE("torch's numbering: through group 0, then group 1") {
  const NamedTensors parameters{{"norm.weight", leaf({1}, {1}, at::kFloat)},
                                {"fc.weight", leaf({1, 2}, {1, 2}, at::kFloat)},
                                {"fc.bias", leaf({1, 2, 3}, {3}, at::kFloat)}};
  const auto adamw = make_adamw(parameters);
  adamw->step(0.1, 0.04, nothing_absent);
  const Value state = adamw->state();
  const ValueDict& slots = state.find("state")->as_dict();
  REQUIRE(slots.size() == 3);
  REQUIRE(slots[0].second.find("exp_avg")->as_tensor().shape == std::vector<int64_t>{1, 2});
  REQUIRE(slots[1].second.find("exp_avg")->as_tensor().shape == std::vector<int64_t>{1});
  REQUIRE(slots[2].second.find("exp_avg_sq")->as_tensor().shape == std::vector<int64_t>{3});
  const ValueList& groups = state.find("param_groups")->as_list();
  REQUIRE(groups[0].find("params")->as_list().size() == 1);
  REQUIRE(groups[1].find("params")->as_list()[1].as_int() == 2);
  REQUIRE(groups[0].find("weight_decay")->as_double() == 0.04);
  REQUIRE(groups[1].find("weight_decay")->as_double() == 0);
}

TEST_CASE("state of another network or optimiser is refused") {
  const NamedTensors small{{"w", leaf({1, 2}, {1, 2}, at::kFloat)}};
  const NamedTensors wide{{"w", leaf({1, 2, 3}, {1, 3}, at::kFloat)}};
  const auto adamw = make_adamw(small), sgd = make_sgd(small), other = make_adamw(wide);
  adamw->step(0.1, 0, nothing_absent);
  REQUIRE_THROWS_AS(sgd->load_state(adamw->state()), Error);
  REQUIRE_THROWS_AS(other->load_state(adamw->state()), Error);
}

TEST_CASE("clipping is per tensor: (3, 4) under 1 is divided by 5.000001, small ones stay") {
  const at::Tensor large = leaf({0, 0}, {2}, at::kDouble), small = leaf({0, 0}, {2}, at::kDouble);
  const at::Tensor without = at::zeros({2}, at::kDouble);
  set_gradient(large, {3, 4});
  set_gradient(small, {0.3, 0.4});
  REQUIRE(clip_gradients({large, small, without}, 1.0).lt(1).sum().item<int64_t>() == 1);
  REQUIRE(at_index(large.grad(), 0) == Approx(3 / 5.000001).epsilon(1e-14));
  REQUIRE(at_index(large.grad(), 1) == Approx(4 / 5.000001).epsilon(1e-14));
  REQUIRE(at_index(small.grad(), 0) == 0.3);
  REQUIRE(clip_gradients({large, small}, 0).numel() == 0);
}

TEST_CASE("optimisers and clipping move weights on every device as on the CPU, to 1e-5") {
  const auto moved = [](const std::string& rule, c10::Device device) {
    NamedTensors parameters;
    for (const int64_t rows : {3, 40}) {
      const at::Tensor values = at::arange(rows * 7, at::kFloat).mul(0.7).sin();
      parameters.emplace_back(std::to_string(rows),
                              values.view({rows, 7}).to(device).set_requires_grad(true));
    }
    parameters.emplace_back("bias", at::ones({9}).to(device).set_requires_grad(true));
    const auto optimizer = make_optimizer(rule, parameters);
    std::vector<at::Tensor> tensors;
    for (const auto& [name, tensor] : parameters) tensors.push_back(tensor);
    for (int step = 1; step <= 3; ++step) {
      for (const at::Tensor& tensor : tensors) tensor.mutable_grad() = tensor.detach() * step;
      clip_gradients(tensors, 4.0);
      optimizer->step(0.01, 0.1, nothing_absent);
    }
    std::vector<at::Tensor> flat;
    for (const at::Tensor& tensor : tensors) flat.push_back(tensor.detach().cpu().flatten());
    return at::cat(flat);
  };
  const std::string rule = GENERATE("adamw", "sgd", "lars");
  const at::Tensor want = moved(rule, c10::Device(c10::DeviceType::CPU));
  for (const c10::Device device : test_devices())
    REQUIRE(at::allclose(moved(rule, device), want, 1e-5, 1e-6));
}

}  // namespace
}  // namespace optimizer_test
}  // namespace dinobench
