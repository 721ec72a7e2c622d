// Gradients in buckets: means over ranks, whatever the cut and whichever parameters a step uses.
#include "tests/test.hpp"
// Torch before everything.
#include "comm/gradient_buckets.hpp"
#include "tests/comm/job.hpp"
#include "train/agreement.hpp"

namespace dinobench {
namespace gradient_buckets_test {
namespace {

std::vector<at::Tensor> parameters(at::ScalarType dtype) {
  std::vector<at::Tensor> out;
  for (const int64_t size : {3, 17, 1, 300, 5}) {
    out.push_back(at::ones({size}, dtype).set_requires_grad(true));
  }
  return out;
}

/// Gradient of parameter i: scale * (i + 1) everywhere.
at::Tensor loss_of(const std::vector<at::Tensor>& parameters, double scale, size_t skip = 99) {
  at::Tensor loss = at::zeros({}, parameters[0].options().requires_grad(false));
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (i != skip) loss = loss + parameters[i].sum() * (scale * static_cast<double>(i + 1));
  }
  return loss;
}

double mean_scale() {  // ranks scale by rank + 1
  return (job().size() + 1) / 2.0;
}

TEST_CASE("gradients are means over ranks, in one bucket or many, step after step") {
  const auto dtype = GENERATE(at::kFloat, at::kDouble);
  const int64_t bytes = GENERATE(1, 256, 1 << 20);
  const auto weights = parameters(dtype);
  GradientBuckets buckets(weights, job(), {bytes, bytes});
  if (bytes == 1) REQUIRE(buckets.count() == 5);
  if (bytes == 1 << 20) REQUIRE(buckets.count() == 1);
  for (int step = 1; step <= 3; ++step) {
    buckets.zero();
    loss_of(weights, step * (job().rank() + 1)).backward();
    buckets.finish();
    for (size_t i = 0; i < weights.size(); ++i) {
      const at::Tensor want = at::full_like(weights[i].grad(), step * mean_scale() * (i + 1.0));
      REQUIRE(at::equal(weights[i].grad(), want));
    }
  }
}

TEST_CASE("gradients are views of the buckets, in backward order") {
  const auto weights = parameters(at::kFloat);
  const GradientBuckets buckets(weights, job());
  REQUIRE(weights[0].grad().storage().data() == weights[4].grad().storage().data());
  for (size_t i = 1; i < weights.size(); ++i) {
    REQUIRE(weights[i].grad().storage_offset() < weights[i - 1].grad().storage_offset());
  }
}

TEST_CASE("a parameter that no rank uses has gradient zero, and the others are unharmed") {
  const auto weights = parameters(at::kDouble);
  GradientBuckets buckets(weights, job(), {1, 1});
  const size_t skip = GENERATE(0u, 2u, 4u);
  for (int step = 0; step < 2; ++step) {
    buckets.zero();
    loss_of(weights, job().rank() + 1, skip).backward();
    buckets.finish();
    for (size_t i = 0; i < weights.size(); ++i) {
      const double want = i == skip ? 0 : mean_scale() * (static_cast<double>(i) + 1);
      REQUIRE(weights[i].grad().eq(want).all().item<bool>());
    }
  }
}

TEST_CASE("averaged gradients have the same bits on every rank") {
  const auto dtype = GENERATE(at::kFloat, at::kDouble);
  const at::Tensor w = at::zeros({20000}, dtype).set_requires_grad(true);
  const at::Tensor v = at::zeros({333}, dtype).set_requires_grad(true);
  GradientBuckets buckets({w, v}, job(), {1, 1});
  const at::Tensor noise = at::arange(20000, dtype).add(7919 * job().rank()).mul(12.9898).sin();
  buckets.zero();
  ((w * noise).sum() + (v * noise.narrow(0, 0, 333)).sum()).backward();
  buckets.finish();
  require_equal_on_ranks({{"w", w.grad()}, {"v", v.grad()}}, job(), "after a sum");
  at::Tensor want = at::zeros_like(noise);
  for (int rank = 0; rank < job().size(); ++rank) {
    want += at::arange(20000, dtype).add(7919 * rank).mul(12.9898).sin();
  }
  REQUIRE(at::allclose(w.grad(), want / job().size(), 1e-4, 1e-6));
}

TEST_CASE("a parameter used twice counts once, with the sum") {
  const at::Tensor w = at::ones({4}, at::kDouble).set_requires_grad(true);
  GradientBuckets buckets({w}, job());
  buckets.zero();
  (w.sum() + (w * w).sum()).backward();  // 1 + 2 w
  buckets.finish();
  REQUIRE(w.grad().eq(3).all().item<bool>());
}

TEST_CASE("destroyed buckets take their hooks and gradients along") {
  const at::Tensor w = at::ones({4}, at::kDouble).set_requires_grad(true);
  { const GradientBuckets buckets({w}, job()); }
  REQUIRE_FALSE(w.grad().defined());
  w.sum().backward();
  REQUIRE(w.grad().eq(1).all().item<bool>());
}

}  // namespace
}  // namespace gradient_buckets_test
}  // namespace dinobench
