// The optimiser kernels against clip_gradients(), torch's fused AdamW and the teacher's rule.
#include "tests/gpu/gpu_test.hpp"
#include "train/fused_adamw.hpp"
#include "train/optimizer.hpp"

namespace dinobench {
namespace adamw_kernel_test {

using gpu_test::close;

constexpr double kRate = 3e-3, kDecay = 0.3, kMomentum = 0.9, kClip = 3;

struct Twin {
  at::Tensor parameter, exp_avg, exp_avg_sq, step, teacher;
};

struct Bench {
  std::vector<FusedAdamWEntry> entries;
  std::vector<Twin> twins;
  c10::Device device;

  explicit Bench(c10::Device where) : device(where) {
    // One element, less than a pack, one more than a chunk, several chunks; the last not aligned.
    for (const int64_t size : {1, 3, 64, 257, 16385, 40003, 130}) add(size, size == 130);
  }

  void add(int64_t size, bool shifted) {
    const auto seed = static_cast<uint64_t>(size);
    const auto made = [&](const at::Tensor& values) {
      const at::Tensor room = at::empty({size + 1}, values.options().device(device));
      const at::Tensor out = room.narrow(0, shifted ? 1 : 0, size);
      out.copy_(values);
      return out;
    };
    const at::Tensor start = gpu_test::random({size}, seed);
    const at::Tensor teacher = gpu_test::random({size}, seed + 1);
    const at::Tensor zero = at::zeros({size});
    FusedAdamWEntry e;
    e.parameter = made(start), e.teacher = made(teacher);
    e.exp_avg = made(zero), e.exp_avg_sq = made(zero);
    e.step = at::zeros({}, e.parameter.options());
    e.shadow = made(zero.to(at::kBFloat16)), e.teacher_shadow = made(zero.to(at::kBFloat16));
    e.decayed = size % 2 == 1;
    e.gradient = made(size == 257 ? zero.to(at::kBFloat16) : zero);
    entries.push_back(e);
    twins.push_back({start.clone(), zero.clone(), zero.clone(), at::zeros({}), teacher.clone()});
  }

  // Gradients some of which are clipped, on both sides.
  void twin_step(int64_t number, const std::vector<uint8_t>& absent) {
    for (size_t i = 0; i < entries.size(); ++i) {
      Twin& t = twins[i];
      const at::Tensor drawn = gpu_test::random({t.parameter.numel()}, 100 * (i + 1) + number, 0.5);
      entries[i].gradient.copy_(drawn);
      if (absent[i] == 0) {
        at::Tensor holder = t.parameter.clone().requires_grad_();
        holder.mutable_grad() = entries[i].gradient.to(at::kCPU, at::kFloat).clone();
        clip_gradients({holder}, kClip);
        t.step += 1;
        at::_fused_adamw_({t.parameter}, {holder.grad()}, {t.exp_avg}, {t.exp_avg_sq}, {}, {t.step},
                          kRate, 0.9, 0.999, entries[i].decayed ? kDecay : 0, 1e-8, false, false);
      }
      t.teacher.mul_(kMomentum).add_(t.parameter, 1 - kMomentum);
    }
  }
};

TEST_CASE("the optimiser kernels step as clipping, AdamW and the teacher's rule do", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    Bench bench(device);
    const std::vector<uint8_t> some{0, 0, 1, 0, 0, 0, 0};
    const at::Tensor schedule = at::tensor({kRate, kDecay, kMomentum}, at::kDouble).to(device);
    at::Tensor absent = at::zeros({7}, at::kByte);
    FusedAdamW kernels(kClip);
    for (int64_t step = 0; step < 3; ++step) {
      const std::vector<uint8_t> flags = step == 0 ? some : std::vector<uint8_t>(7, 0);
      for (int64_t i = 0; i < 7; ++i) absent[i] = flags[static_cast<size_t>(i)];
      bench.twin_step(step, flags);
      kernels.step(bench.entries, schedule, absent.to(device));
    }
    for (size_t i = 0; i < bench.entries.size(); ++i) {
      const FusedAdamWEntry& got = bench.entries[i];
      const Twin& wanted = bench.twins[i];
      INFO("tensor of " << got.parameter.numel());
      REQUIRE(got.step.item<float>() == (i == 2 ? 2 : 3));
      REQUIRE(close(got.exp_avg, wanted.exp_avg, 2e-6, 1e-8));
      REQUIRE(close(got.exp_avg_sq, wanted.exp_avg_sq, 2e-6, 1e-10));
      REQUIRE(close(got.parameter, wanted.parameter, 1e-6, 3e-7));
      REQUIRE(close(got.teacher, wanted.teacher, 1e-6, 3e-7));
      REQUIRE(got.shadow.equal(got.parameter.to(at::kBFloat16)));
      REQUIRE(got.teacher_shadow.equal(got.teacher.to(at::kBFloat16)));
      const double norm = got.gradient.to(at::kCPU, at::kDouble).norm().item<double>();
      const auto at = static_cast<int64_t>(i);
      REQUIRE(kernels.norms()[at].item<double>() == Approx(norm).epsilon(1e-5));
      REQUIRE(kernels.factors()[at].item<double>() ==
              Approx(std::min(1.0, kClip / (norm + 1e-6))).epsilon(1e-5));
    }
  });
}

TEST_CASE("a tensor without gradient is left alone and its teacher follows", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    FusedAdamWEntry entry;
    entry.parameter = at::full({5}, 2.0F).to(device);
    entry.teacher = at::zeros({5}, entry.parameter.options());
    FusedAdamW kernels(0);
    kernels.step({entry}, at::tensor({0.1, 0.1, 0.75}, at::kDouble).to(device), {});
    REQUIRE(entry.parameter.to(at::kCPU).equal(at::full({5}, 2.0F)));
    REQUIRE(entry.teacher.to(at::kCPU).equal(at::full({5}, 0.5F)));
  });
}

TEST_CASE("wrong tensors are named before a kernel sees them", "[gpu]") {
  gpu_test::on_kernel_device([](c10::Device device) {
    FusedAdamWEntry entry;
    entry.parameter = at::zeros({4}, at::TensorOptions().device(device).dtype(at::kDouble));
    const at::Tensor schedule = at::zeros({3}, entry.parameter.options());
    FusedAdamW kernels(0);
    REQUIRE_THROWS_WITH(kernels.step({entry}, schedule, {}), Catch::Contains("a parameter"));
    entry.parameter = entry.parameter.to(at::kFloat);
    REQUIRE_THROWS_WITH(kernels.step({entry}, schedule.narrow(0, 0, 2), {}),
                        Catch::Contains("2 values"));
  });
}

}  // namespace adamw_kernel_test
}  // namespace dinobench
