// The loss kernels against methods/dino_loss.hpp and its autograd.
#include "methods/dino_loss.hpp"

#include "methods/fused_dino_loss.hpp"
#include "tests/gpu/gpu_test.hpp"

namespace dinobench {
namespace dino_loss_kernel_test {

using gpu_test::close;

constexpr double kSharp = 0.04, kSoft = 0.1;

struct Case {
  int64_t samples, views, classes;
  c10::ScalarType dtype;
  bool overwrite;
};

void compare(const Case& c, c10::Device device) {
  const at::Tensor teacher = gpu_test::random({2 * c.samples, c.classes}, 1).to(c.dtype);
  const at::Tensor student = gpu_test::random({c.views * c.samples, c.classes}, 2, 3).to(c.dtype);
  const at::Tensor center = gpu_test::random({1, c.classes}, 3, 0.2);

  const at::Tensor plain = student.to(at::kDouble).clone().requires_grad_();
  const TeacherTargets wanted = teacher_targets(teacher.to(at::kDouble), center, kSharp);
  const at::Tensor wanted_loss = dino_cross_entropy(plain, wanted.rows, kSoft);
  (wanted_loss * 3).backward();

  const at::Tensor leaf = student.to(device).clone().requires_grad_();
  const at::Tensor temperature = at::scalar_tensor(kSharp, at::kDouble).to(device);
  const FusedTargets got =
      fused_teacher_targets(teacher.to(device), center.to(device), temperature);
  // Not a leaf, as in a network: what is overwritten is not somebody's parameter.
  const at::Tensor logits = c.overwrite ? leaf + 0 : leaf;
  const at::Tensor loss = fused_dino_cross_entropy(logits, got, kSoft, c.overwrite);
  INFO(c.samples << " samples, " << c.views << " views, " << c.classes << " classes");
  REQUIRE(close(got.entropy, wanted.entropy, 1e-5, 1e-6));
  REQUIRE(close(got.sum, sum_of_rows(teacher.to(at::kDouble)), 2e-6, 1e-5));
  REQUIRE(close(loss, wanted_loss, 2e-5, 1e-6));
  (loss * 3).backward();
  const double scale = plain.grad().abs().max().item<double>();
  const bool half = c.dtype == at::kBFloat16;
  REQUIRE(close(leaf.grad(), plain.grad(), half ? 1.0 / 128 : 1e-4, 2e-6 * scale));
  if (c.overwrite) REQUIRE(logits.detach().equal(leaf.grad()));
}

TEST_CASE("the DINO loss kernels give the plain loss, entropy, sums and gradient", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    compare({2, 4, 64, at::kFloat, false}, device);
    compare({1, 2, 7, at::kFloat, false}, device);     // rows that are not aligned
    compare({3, 5, 5001, at::kFloat, false}, device);  // several uneven slices, one a lane
    compare({2, 10, 6152, at::kFloat, true}, device);  // several uneven slices of packs
    compare({2, 3, 6152, at::kBFloat16, true}, device);
    compare({1, 32, 4099, at::kBFloat16, false}, device);
  });
}

TEST_CASE("the DINO loss kernels survive logits far apart", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    at::Tensor student = at::zeros({2, 16}), teacher = at::zeros({2, 16});
    student[0][3] = 5e3, student[1][4] = -5e3, teacher[0][1] = 300, teacher[1][2] = -300;
    const at::Tensor center = at::zeros({1, 16});
    const TeacherTargets wanted = teacher_targets(teacher, center, kSharp);
    const at::Tensor wanted_loss = dino_cross_entropy(student, wanted.rows, kSoft);
    const FusedTargets got = fused_teacher_targets(
        teacher.to(device), center.to(device), at::scalar_tensor(kSharp, at::kDouble).to(device));
    REQUIRE(close(got.entropy, wanted.entropy, 1e-5, 1e-6));
    REQUIRE(close(fused_dino_cross_entropy(student.to(device), got, kSoft, false), wanted_loss,
                  1e-5, 0));
  });
}

TEST_CASE("logits that are not numbers make the loss none", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    at::Tensor student = at::zeros({2, 16}, device);
    student[1][5] = std::numeric_limits<float>::quiet_NaN();
    const FusedTargets targets =
        fused_teacher_targets(at::zeros({2, 16}, device), at::zeros({1, 16}, device),
                              at::scalar_tensor(kSharp, at::kDouble).to(device));
    REQUIRE(std::isnan(fused_dino_cross_entropy(student, targets, kSoft, false).item<float>()));
  });
}

TEST_CASE("the loss kernels refuse what does not fit together", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    const at::Tensor temperature = at::scalar_tensor(kSharp, at::kDouble).to(device);
    const at::Tensor rows = at::zeros({4, 8}, device), center = at::zeros({1, 8}, device);
    REQUIRE_THROWS_WITH(fused_teacher_targets(rows.narrow(0, 0, 3), center, temperature),
                        Catch::Contains("[3, 8]"));
    const FusedTargets targets = fused_teacher_targets(rows, center, temperature);
    REQUIRE_THROWS_WITH(fused_dino_cross_entropy(at::zeros({66, 8}, device), targets, kSoft, false),
                        Catch::Contains("2 to 32 views"));
    REQUIRE_THROWS_WITH(fused_dino_cross_entropy(rows.to(at::kBFloat16), targets, kSoft, false),
                        Catch::Contains("student's logits"));
  });
}

}  // namespace dino_loss_kernel_test
}  // namespace dinobench
