// Head and loss against golden vectors (dino.md A.2, A.3), and the fast loss against the plain one.
#include "tests/test.hpp"
// Torch and Catch first, then ours.
#include "comm/communicator.hpp"
#include "core/form.hpp"
#include "core/schedule.hpp"
#include "methods/dino_head.hpp"
#include "methods/dino_loss.hpp"
#include "tests/backbones/portable_fill.hpp"
#include "tests/devices.hpp"

namespace dinobench {
namespace dino_loss_tests {

// The definition, pair by pair (dino.md 5).
at::Tensor plain_loss(const at::Tensor& student, const at::Tensor& targets, double temperature) {
  const int64_t views = student.size(0) / targets.size(1);
  const auto rows = (student / temperature).chunk(views);
  at::Tensor total = at::zeros({}, student.options());
  int64_t terms = 0;
  for (int64_t i = 0; i < 2; ++i)
    for (int64_t v = 0; v < views; ++v) {
      if (v == i) continue;
      const at::Tensor log_p = at::log_softmax(rows[static_cast<size_t>(v)], -1);
      total = total + (-targets[i] * log_p).sum(-1).mean();
      ++terms;
    }
  return total / terms;
}

TEST_CASE("the head equals the reference's outputs") {
  DinoHead head({.in = 192, .out = 32, .hidden = 64, .bottleneck = 16});
  portable::fill(state_of(head), 500);
  move_module(head, at::kCPU, at::kDouble);
  const at::Tensor out =
      head.forward(portable::values(1100, {3, 192}, 1).to(at::kFloat).to(at::kDouble));
  const std::vector<double> wanted{0.1978703, -0.1420026, 0.104417, 0.0249972, -0.123967};
  for (size_t i = 0; i < wanted.size(); ++i)
    REQUIRE(out[0][static_cast<int64_t>(i)].item<double>() == Approx(wanted[i]).margin(6e-8));
  REQUIRE(out.sum().item<double>() == Approx(1.1930963).margin(6e-8));
}

TEST_CASE("head tensors have the reference's names and counts") {
  const auto names = [](const DinoHead& head) {
    std::vector<std::string> out;
    for (const auto& [name, tensor] : state_of(head)) out.push_back(name);
    return out;
  };
  const DinoHead plain({.in = 384, .out = 65536});
  REQUIRE(names(plain) == std::vector<std::string>{"mlp.0.weight", "mlp.0.bias", "mlp.2.weight",
                                                   "mlp.2.bias", "mlp.4.weight", "mlp.4.bias",
                                                   "last_layer.weight_g", "last_layer.weight_v"});
  int64_t count = 0;
  for (const auto& [name, tensor] : parameters_of(plain)) count += tensor.numel();
  REQUIRE(count == 22352128);
  const NamedTensors parameters = parameters_of(plain);
  REQUIRE_FALSE(parameters[6].second.requires_grad());
  REQUIRE(at::equal(parameters[6].second, at::ones({65536, 1})));
  // weight_v keeps the default of a Linear: rows of U(-1/16, 1/16).
  REQUIRE(parameters[7].second.norm(2, 1).mean().item<double>() == Approx(0.577).margin(0.002));
  REQUIRE(parameters[7].second.max().item<double>() <= 1.0 / 16);

  const DinoHead with_norm({.in = 8, .out = 4, .hidden = 6, .bottleneck = 5, .batch_norm = true});
  REQUIRE(names(with_norm)[2] == "mlp.1.weight");
  REQUIRE(names(with_norm)[7] == "mlp.3.weight");
  REQUIRE(names(with_norm)[14] == "mlp.6.weight");
  const DinoHead single({.in = 8, .out = 4, .bottleneck = 5, .layers = 1});
  REQUIRE(names(single)[0] == "mlp.weight");
}

TEST_CASE("loss and centre follow the reference over two steps") {
  const auto comm = make_self_communicator();
  const at::Tensor center = at::zeros({1, 8}, at::kDouble);
  const std::vector<double> losses{8.995896711, 8.117190436};
  const std::vector<std::vector<double>> centers{
      {0.05550978, 0.0123141, -0.01815625, 0.002138168, 0.02782235, 0.0006305556, 0.0282654,
       0.04036678},
      {0.03963317, -0.01940429, 0.002291774, -0.008001025, 0.02013999, 0.01535325, 0.04399999,
       0.0292709}};
  for (uint32_t s = 0; s < 2; ++s) {
    const at::Tensor student = portable::values(2000 + 2 * s, {12, 8}, 1);
    const at::Tensor teacher = portable::values(2001 + 2 * s, {6, 8}, 1);
    const double temperature = linspace_value(0.04, 0.07, 3, s);
    REQUIRE(temperature == Approx(s == 0 ? 0.04 : 0.055));
    const TeacherTargets targets = teacher_targets(teacher, center, temperature);
    REQUIRE(dino_cross_entropy(student, targets.rows, 0.1).item<double>() ==
            Approx(losses[s]).epsilon(1e-10));
    update_center(center, sum_of_rows(teacher), teacher.size(0), 0.9, *comm);
    for (size_t k = 0; k < 8; ++k)
      REQUIRE(center[0][static_cast<int64_t>(k)].item<double>() ==
              Approx(centers[s][k]).margin(6e-9));
  }
}

TEST_CASE("the summed cross-entropy equals the sum over pairs, value and gradient") {
  for (const int64_t views : {2, 3, 7}) {
    const int64_t rows = 5, outputs = 33;
    const at::Tensor teacher = portable::values(31, {2 * rows, outputs}, 1);
    const TeacherTargets targets =
        teacher_targets(teacher, portable::values(32, {1, outputs}, 0.1), 0.05);
    const at::Tensor fast = portable::values(33, {views * rows, outputs}, 3).requires_grad_();
    const at::Tensor plain = fast.detach().clone().requires_grad_();
    const at::Tensor loss = dino_cross_entropy(fast, targets.rows, 0.1);
    const at::Tensor wanted = plain_loss(plain, targets.rows, 0.1);
    REQUIRE(loss.item<double>() == Approx(wanted.item<double>()).epsilon(1e-13));
    (3 * loss).backward();
    (3 * wanted).backward();
    REQUIRE(at::allclose(fast.grad(), plain.grad(), 1e-11, 1e-14));
  }
}

TEST_CASE("with the reference's arithmetic the loss is its sum over pairs to the bit") {
  const FormScope scope(widest_form(), /*reference_math=*/true);
  const at::Tensor student = portable::values(7, {12, 9}, 3), raw = portable::values(8, {4, 9}, 3);
  const at::Tensor targets = at::softmax(raw, -1).view({2, 2, 9});
  REQUIRE(at::equal(dino_cross_entropy(student, targets, 0.1), plain_loss(student, targets, 0.1)));
}

TEST_CASE("half logits are computed with in float32, and their gradient is narrowed last") {
  const auto comm = make_self_communicator();
  for (const at::ScalarType half : {at::kBFloat16, at::kHalf}) {
    const at::Tensor narrow = portable::values(51, {6 * 4, 50}, 3).to(half).requires_grad_();
    const at::Tensor wide = narrow.detach().to(at::kFloat).requires_grad_();
    const at::Tensor teacher = portable::values(52, {8, 50}, 3).to(half);
    const at::Tensor center = portable::values(53, {1, 50}, 0.5).to(at::kFloat);
    const TeacherTargets targets = teacher_targets(teacher, center, 0.04);
    const TeacherTargets wanted = teacher_targets(teacher.to(at::kFloat), center, 0.04);
    REQUIRE(at::equal(targets.rows, wanted.rows));
    REQUIRE(targets.entropy.item<float>() == wanted.entropy.item<float>());
    const at::Tensor one = dino_cross_entropy(narrow, targets.rows, 0.1);
    const at::Tensor two = dino_cross_entropy(wide, targets.rows, 0.1);
    REQUIRE(one.scalar_type() == at::kFloat);
    REQUIRE(one.item<float>() == two.item<float>());
    one.backward();
    two.backward();
    REQUIRE(at::equal(narrow.grad(), wide.grad().to(half)));
    const at::Tensor moved = center.clone(), expected = center.clone();
    update_center(moved, sum_of_rows(teacher), 8, 0.9, *comm);
    update_center(expected, sum_of_rows(teacher.to(at::kFloat)), 8, 0.9, *comm);
    REQUIRE(at::allclose(moved, expected, 1e-6, 1e-7));
  }
}

TEST_CASE("loss, gradient and centre are the CPU's to 1e-4 on every device") {
  const auto comm = make_self_communicator();
  const auto results = [&](c10::Device device) {
    const auto on = [&](uint32_t stream, at::IntArrayRef shape, double size) {
      return portable::values(stream, shape, size).to(device, at::kFloat);
    };
    const at::Tensor student = on(54, {5 * 6, 300}, 3).requires_grad_();
    const at::Tensor teacher = on(55, {12, 300}, 3), center = on(56, {1, 300}, 0.5);
    const TeacherTargets targets = teacher_targets(teacher, center, 0.04);
    const at::Tensor loss = dino_cross_entropy(student, targets.rows, 0.1);
    loss.backward();
    update_center(center, sum_of_rows(teacher), 12, 0.9, *comm);
    return std::vector<at::Tensor>{loss.detach().cpu(), targets.entropy.cpu(), student.grad().cpu(),
                                   center.cpu()};
  };
  const auto wanted = results(c10::Device(c10::DeviceType::CPU));
  for (const c10::Device device : test_devices()) {
    const auto got = results(device);
    for (size_t i = 0; i < got.size(); ++i)
      REQUIRE(((got[i] - wanted[i]).norm() / wanted[i].norm()).item<double>() < 1e-4);
  }
}

TEST_CASE("teacher entropy is that of its probabilities, also where some underflow") {
  const at::Tensor logits = portable::values(40, {6, 50}, 1);
  const TeacherTargets soft = teacher_targets(logits, at::zeros({1, 50}, at::kDouble), 0.1);
  const at::Tensor p = soft.rows;
  REQUIRE(soft.entropy.item<double>() ==
          Approx(-(p * p.log()).sum(-1).mean().item<double>()).epsilon(1e-12));
  const TeacherTargets sharp = teacher_targets(logits, at::zeros({1, 50}, at::kDouble), 1e-5);
  REQUIRE(std::abs(sharp.entropy.item<double>()) < 1e-9);
  const TeacherTargets flat = teacher_targets(at::zeros({2, 50}), at::zeros({1, 50}), 0.04);
  REQUIRE(flat.entropy.item<double>() == Approx(std::log(50.0)).epsilon(1e-6));
}

}  // namespace dino_loss_tests
}  // namespace dinobench
