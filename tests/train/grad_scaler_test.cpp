// The loss scale, worked by hand: torch.amp.GradScaler's documented rule.
#include "tests/test.hpp"
// Torch before everything.
#include <limits>

#include "core/error.hpp"
#include "tests/devices.hpp"
#include "train/grad_scaler.hpp"

namespace dinobench {
namespace grad_scaler_test {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

at::Tensor parameter(std::vector<float> gradient, c10::Device device) {
  at::Tensor out = at::zeros({static_cast<int64_t>(gradient.size())},
                             at::TensorOptions().device(device).requires_grad(true));
  out.mutable_grad() = at::tensor(gradient).to(device);
  return out;
}

bool step(GradScaler& scaler, float gradient, c10::Device device) {
  const bool good = scaler.unscale({parameter({gradient}, device)});
  scaler.update();
  return good;
}

TEST_CASE("the defaults are torch's") {
  const GradScaler scaler(Precision::fp16, c10::Device(c10::DeviceType::CPU));
  REQUIRE(scaler.on());
  REQUIRE(scaler.scale() == 65536);
  const Value state = scaler.state();
  REQUIRE(state.as_dict().size() == 5);
  REQUIRE(state.find("scale")->as_double() == 65536);
  REQUIRE(state.find("growth_factor")->as_double() == 2);
  REQUIRE(state.find("backoff_factor")->as_double() == 0.5);
  REQUIRE(state.find("growth_interval")->as_int() == 2000);
  REQUIRE(state.find("_growth_tracker")->as_int() == 0);
}

TEST_CASE("loss times 8, gradients over 8; undefined gradients are passed over") {
  for (const c10::Device device : test_devices()) {
    GradScaler scaler(Precision::fp16, device, {.initial_scale = 8});
    REQUIRE(scaler.scale(at::full({}, 0.5).to(device)).item<float>() == 4);
    const at::Tensor one = parameter({8, 16}, device), two = parameter({-4}, device);
    const at::Tensor without = at::zeros({2}).to(device);
    REQUIRE(scaler.unscale({one, without, two}));
    REQUIRE(at::equal(one.grad().cpu(), at::tensor({1.0f, 2.0f})));
    REQUIRE(two.grad().item<float>() == -0.5f);
  }
}

TEST_CASE("three good steps double the scale, an overflow halves it and starts the count again") {
  for (const c10::Device device : test_devices()) {
    GradScaler scaler(Precision::fp16, device, {.initial_scale = 8, .growth_interval = 3});
    struct Step {
      float gradient;
      bool good;
      double scale_after;
    };
    const std::vector<Step> steps{{1, true, 8},          {1, true, 8},    {1, true, 16},
                                  {1, true, 16},         {1, true, 16},   {infinity, false, 8},
                                  {-infinity, false, 4}, {NAN, false, 2}, {1, true, 2},
                                  {1, true, 2},          {1, true, 4},    {1, true, 4}};
    for (const Step& wanted : steps) {
      REQUIRE(step(scaler, wanted.gradient, device) == wanted.good);
      REQUIRE(scaler.scale() == wanted.scale_after);
    }
    REQUIRE(scaler.state().find("_growth_tracker")->as_int() == 1);
  }
}

TEST_CASE("one bad gradient anywhere spoils the step, whichever call saw it") {
  const c10::Device cpu(c10::DeviceType::CPU);
  GradScaler scaler(Precision::fp16, cpu, {.initial_scale = 4});
  REQUIRE_FALSE(scaler.unscale({parameter({1, 2}, cpu), parameter({1, infinity}, cpu)}));
  REQUIRE_FALSE(scaler.unscale({parameter({1}, cpu)}));  // still the same step
  scaler.update();
  REQUIRE(scaler.scale() == 2);
  REQUIRE(scaler.unscale({parameter({1}, cpu)}));
}

TEST_CASE("the scale never grows beyond what float32 holds") {
  const c10::Device cpu(c10::DeviceType::CPU);
  const double last = std::ldexp(1.0, 127);
  GradScaler scaler(Precision::fp16, cpu, {.initial_scale = last, .growth_interval = 1});
  REQUIRE(step(scaler, 1, cpu));
  REQUIRE(scaler.scale() == last);
}

TEST_CASE("without fp16 nothing is scaled and every step is good") {
  const c10::Device cpu(c10::DeviceType::CPU);
  GradScaler scaler(Precision::bf16, cpu);
  REQUIRE_FALSE(scaler.on());
  const at::Tensor loss = at::full({}, 0.5), bad = parameter({infinity}, cpu);
  REQUIRE(scaler.scale(loss).is_same(loss));
  REQUIRE(scaler.unscale({bad}));
  scaler.update();
  REQUIRE(scaler.scale() == 1);
  REQUIRE(scaler.state().as_dict().empty());
}

TEST_CASE("a loaded state goes on where the saved one was") {
  const c10::Device cpu(c10::DeviceType::CPU);
  GradScaler saved(Precision::fp16, cpu, {.initial_scale = 32, .growth_interval = 3});
  for (const float gradient : {infinity, 1.0f, 1.0f}) step(saved, gradient, cpu);
  GradScaler loaded(Precision::fp16, cpu);
  loaded.load_state(saved.state());
  REQUIRE(loaded.scale() == 16);
  step(loaded, 1, cpu);
  REQUIRE(loaded.scale() == 32);
  loaded.load_state(Value::dict());  // of a run without scaling: nothing changes
  REQUIRE(loaded.scale() == 32);
}

TEST_CASE("a state that no scaler has is refused by name") {
  GradScaler scaler(Precision::fp16, c10::Device(c10::DeviceType::CPU));
  const Value good = scaler.state();
  const auto with = [&](const char* key, Value value) {
    Value out = Value::dict();
    for (const auto& [name, old] : good.as_dict())
      if (name.as_text() != key) out.set(name, old);
    if (!value.is_none()) out.set(key, std::move(value));
    return out;
  };
  REQUIRE_THROWS_WITH(scaler.load_state(with("scale", {})), Catch::Contains("no 'scale'"));
  REQUIRE_THROWS_WITH(scaler.load_state(with("scale", NAN)), Catch::Contains("scale is nan"));
  REQUIRE_THROWS_WITH(scaler.load_state(with("backoff_factor", 2.0)), Catch::Contains("backoff"));
  REQUIRE_THROWS_WITH(scaler.load_state(with("_growth_tracker", int64_t{-1})),
                      Catch::Contains("_growth_tracker is -1"));
  REQUIRE(scaler.scale() == 65536);
}

}  // namespace
}  // namespace grad_scaler_test
}  // namespace dinobench
