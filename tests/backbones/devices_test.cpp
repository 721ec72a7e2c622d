// Networks on every device: the CPU's features, and what a half precision may and may not touch.
#include "tests/test.hpp"
// Torch and Catch first, then ours.
#include "backbones/autocast.hpp"
#include "backbones/backbone.hpp"
#include "backbones/device_copy.hpp"
#include "backbones/state.hpp"
#include "core/error.hpp"
#include "tests/backbones/portable_fill.hpp"
#include "tests/devices.hpp"

namespace dinobench {
namespace devices_test {
namespace {

std::shared_ptr<Backbone> make(const std::string& name, double drop_path_rate = 0) {
  at::manual_seed(3);
  return Backbones::find(name).make(
      {.patch_size = 8, .image_size = 32, .drop_path_rate = drop_path_rate});
}

at::Tensor pictures(int64_t side) {
  return portable::values(70, {3, 3, side, side}, 2).to(at::kFloat);
}

double relative_difference(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

TEST_CASE("features are the CPU's to 1e-4 on every device, also with a resized position table") {
  const c10::NoGradGuard no_grad;
  for (const c10::Device device : test_devices())
    for (const std::string name : {"vit_nano", "resnet18", "pixels"}) {
      INFO(name << " on " << device.str());
      const auto here = make(name), there = make(name);
      here->eval();
      there->eval();
      move_module(*there, device, at::kFloat);
      for (const int64_t side : {32, 24}) {
        const at::Tensor want = here->forward(pictures(side));
        const at::Tensor got = there->forward(pictures(side).to(device)).cpu();
        REQUIRE(relative_difference(got, want) < 1e-4);
      }
    }
}

TEST_CASE("drop path draws the same rows on every device") {
  const RowAddresses rows{9, 4, {0, 1, 2}, {0, 0, 1}};
  const auto here = make("vit_nano", 0.5);
  here->train();
  const at::Tensor want = here->forward(pictures(32), &rows).detach();
  for (const c10::Device device : test_devices()) {
    const auto there = make("vit_nano", 0.5);
    move_module(*there, device, at::kFloat);
    there->train();
    const at::Tensor got = there->forward(pictures(32).to(device), &rows).detach().cpu();
    REQUIRE(relative_difference(got, want) < 1e-4);
  }
}

TEST_CASE("deterministic training repeats its gradients bit by bit") {
  at::globalContext().setDeterministicAlgorithms(true, false);
  for (const c10::Device device : test_devices())
    for (const std::string name : {"vit_nano", "resnet18"}) {
      INFO(name << " on " << device.str());
      std::vector<at::Tensor> gradients;
      for (int run = 0; run < 2; ++run) {
        const auto network = make(name);
        move_module(*network, device, at::kFloat);
        network->train();
        network->forward(pictures(24).to(device)).square().sum().backward();
        gradients.push_back(parameters_of(*network)[1].second.grad().cpu());
      }
      REQUIRE(at::equal(gradients[0], gradients[1]));
    }
  at::globalContext().setDeterministicAlgorithms(false, false);
}

TEST_CASE("a half precision keeps parameters, gradients and ViT features in float32") {
  for (const c10::Device device : test_devices())
    for (const Precision precision : {Precision::bf16, Precision::fp16}) {
      INFO(name_of(precision) << " on " << device.str());
      const auto exact = make("vit_nano"), mixed = make("vit_nano");
      move_module(*exact, device, at::kFloat);
      move_module(*mixed, device, at::kFloat);
      const at::Tensor images = pictures(24).to(device);
      const at::Tensor want = exact->forward(images);
      at::Tensor got;
      {
        const AutocastScope scope(device, precision);
        got = mixed->forward(images);
      }
      REQUIRE(got.scalar_type() == at::kFloat);
      const double difference = relative_difference(got.detach(), want.detach());
      REQUIRE(difference > 0);  // the products did run in the half type
      REQUIRE(difference < (precision == Precision::bf16 ? 2e-2 : 3e-3));
      got.square().sum().backward();
      for (const auto& [name, parameter] : parameters_of(*mixed)) {
        REQUIRE(parameter.scalar_type() == at::kFloat);
        REQUIRE(parameter.grad().scalar_type() == at::kFloat);
      }
      const AutocastScope scope(device, precision);
      const at::Tensor attention = mixed->last_attention(images);
      REQUIRE(attention.scalar_type() == at::kFloat);
      REQUIRE((attention.sum(-1) - 1).abs().max().item<double>() < 1e-6);
    }
}

TEST_CASE("autocast scopes nest, and leave what they found") {
  const auto on = [] { return at::mm(at::ones({2, 2}), at::ones({2, 2})).scalar_type(); };
  const c10::Device cpu(c10::DeviceType::CPU);
  REQUIRE(on() == at::kFloat);
  {
    const AutocastScope outer(cpu, Precision::bf16);
    REQUIRE(on() == at::kBFloat16);
    {
      const AutocastScope inner(cpu, Precision::fp32);
      REQUIRE(on() == at::kFloat);
      const AutocastScope innermost(cpu, Precision::fp16);
      REQUIRE(on() == at::kHalf);
    }
    REQUIRE(on() == at::kBFloat16);
  }
  REQUIRE(on() == at::kFloat);
  const AutocastScope exact(cpu, Precision::fp64);
  REQUIRE(at::mm(at::ones({2, 2}, at::kDouble), at::ones({2, 2}, at::kDouble)).scalar_type() ==
          at::kDouble);
  REQUIRE(at_least_float(at::ones({1}, at::kHalf)).scalar_type() == at::kFloat);
  REQUIRE(at_least_float(at::ones({1}, at::kDouble)).scalar_type() == at::kDouble);
}

TEST_CASE("copies, and work beside them, arrive whole; the source may be reused at once") {
  for (const c10::Device device : test_devices()) {
    DeviceCopy copy(device);
    REQUIRE(copy.asynchronous() == !device.is_cpu());
    at::Tensor host = at::arange(100000, at::kFloat);
    const at::Tensor doubles = copy.start(host, at::kDouble);
    at::Tensor other = at::arange(100000, at::kLong);
    const at::Tensor same = copy.start(other, at::kLong);
    const at::Tensor sums = copy.beside([&] { return doubles + same; });
    copy.arrive();
    if (copy.asynchronous()) host.zero_(), other.zero_();
    REQUIRE(doubles.device() == device);
    REQUIRE(at::equal(doubles.cpu(), at::arange(100000, at::kDouble)));
    REQUIRE(at::equal(same.cpu(), at::arange(100000, at::kLong)));
    REQUIRE(at::equal(sums.cpu(), 2 * at::arange(100000, at::kDouble)));
    const at::Tensor small = upload(at::arange(5, at::kDouble), device, at::kFloat);
    REQUIRE(at::equal(small.cpu(), at::arange(5, at::kFloat)));
  }
}

TEST_CASE("a feed keeps the order, works one ahead where asked, and errors come in their place") {
  const bool ahead = GENERATE(false, true);
  int made = 0;
  DeviceFeed<int> feed(
      c10::Device(c10::DeviceType::CPU),
      [&made](DeviceCopy&) -> std::optional<int> {
        if (made == 3) return std::nullopt;
        require(made != 2, "item 2 is bad");
        return made++;
      },
      ahead);
  REQUIRE(feed.next() == 0);
  REQUIRE(made == (ahead ? 2 : 1));
  REQUIRE(feed.next() == 1);
  REQUIRE_THROWS_WITH(feed.next(), "item 2 is bad");
  made = 3;
  REQUIRE_FALSE(feed.next().has_value());
  REQUIRE_FALSE(feed.next().has_value());
}

}  // namespace
}  // namespace devices_test
}  // namespace dinobench
