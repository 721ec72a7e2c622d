// The GPU kernels, each beside the torch operations it replaces, and the two ceilings of the card:
// products and copies. Without a GPU (or in a CPU build) every case says that it is not here.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "backbones/fused_layers.hpp"
#include "eval/device_neighbours.hpp"
#include "methods/dino_loss.hpp"
#include "methods/fused_dino_loss.hpp"
#include "tests/perf/on_gpu.hpp"
#include "train/device_views.hpp"
#include "train/fused_adamw.hpp"
#include "train/optimizer.hpp"

namespace dinobench::gpu_perf {
namespace {

using Step = std::function<void()>;
using perf::kGpu;

at::TensorOptions half() { return at::TensorOptions().device(kGpu).dtype(at::kBFloat16); }
at::TensorOptions full() { return at::TensorOptions().device(kGpu).dtype(at::kFloat); }

int on_gpu(const char* name, std::function<Step()> make, double items = 1) {
  return perf::add_on_gpu(name, std::move(make), items);
}

// Milliseconds a TFLOP, and a GB read and written.
Step matmul() {
  const at::Tensor a = at::randn({8192, 8192}, half()), b = at::randn({8192, 8192}, half());
  at::Tensor out = at::empty_like(a);
  return [=]() mutable { at::mm_out(out, a, b); };
}
Step copy() {
  const at::Tensor a = at::randn({1 << 29}, half()), b = at::empty_like(a);
  return [=] { b.copy_(a); };
}
const int ceilings[] = {on_gpu("gpu_matmul_bf16_a_tflop", matmul, 2.0 * 8192 * 8192 * 8192 / 1e12),
                        on_gpu("gpu_copy_a_gb", copy, 4.0 * (1 << 29) / 1e9)};

// The tensors of a vit_small/16 with DINO's head: 44 million parameters.
std::vector<FusedAdamWEntry> network() {
  std::vector<FusedAdamWEntry> out;
  const auto add = [&](at::IntArrayRef shape) {
    FusedAdamWEntry e;
    e.parameter = at::randn(shape, full());
    e.gradient = at::randn(shape, full());
    e.exp_avg = at::zeros(shape, full()), e.exp_avg_sq = at::zeros(shape, full());
    e.teacher = e.parameter.clone();
    e.shadow = e.parameter.to(at::kBFloat16), e.teacher_shadow = e.shadow.clone();
    e.step = at::zeros({}, full());
    e.decayed = shape.size() > 1;
    out.push_back(e);
  };
  for (int block = 0; block < 12; ++block) {
    for (const std::vector<int64_t>& shape :
         {std::vector<int64_t>{1152, 384}, {384, 384}, {1536, 384}, {384, 1536}})
      add(shape), add({shape[0]});
    for (int norm = 0; norm < 4; ++norm) add({384});
  }
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{2048, 384}, {2048, 2048}, {256, 2048}, {65536, 256}, {384, 768}})
    add(shape);
  return out;
}

Step adamw() {
  const at::Tensor schedule = at::tensor({5e-4, 0.04, 0.996}, at::kDouble).to(kGpu);
  auto kernels = std::make_shared<FusedAdamW>(3.0);
  return [entries = network(), schedule, kernels] { kernels->step(entries, schedule, {}); };
}

Step adamw_torch() {
  std::vector<at::Tensor> p, g, m, v, t, steps, shadows, teacher_shadows;
  for (const FusedAdamWEntry& e : network()) {
    p.push_back(e.parameter), m.push_back(e.exp_avg), v.push_back(e.exp_avg_sq);
    p.back().mutable_grad() = e.gradient;
    g.push_back(e.gradient), t.push_back(e.teacher), steps.push_back(e.step);
    shadows.push_back(e.shadow), teacher_shadows.push_back(e.teacher_shadow);
  }
  return [=]() mutable {
    clip_gradients(p, 3.0);
    at::_foreach_add_(steps, 1);
    at::_fused_adamw_(p, g, m, v, {}, steps, 5e-4, 0.9, 0.999, 0.04, 1e-8, false, false);
    at::_foreach_mul_(t, 0.996);
    at::_foreach_add_(t, p, 0.004);
    at::_foreach_copy_(shadows, p);
    at::_foreach_copy_(teacher_shadows, t);
  };
}
const int optimiser[] = {on_gpu("gpu_adamw_clip_ema", adamw),
                         on_gpu("gpu_adamw_clip_ema_torch", adamw_torch)};

// 64 images, 10 views, 65536 classes: logits in, gradient out.
struct Logits {
  at::Tensor student = at::randn({640, 65536}, half()).requires_grad_();
  at::Tensor teacher = at::randn({128, 65536}, half());
  at::Tensor center = at::zeros({1, 65536}, full());
  at::Tensor temperature = at::scalar_tensor(0.04, at::kDouble).to(kGpu);
};

Step dino_loss() {
  return [l = Logits()] {
    const FusedTargets targets = fused_teacher_targets(l.teacher, l.center, l.temperature);
    fused_dino_cross_entropy(l.student, targets, 0.1, false).backward();
    l.student.mutable_grad().reset();
  };
}

Step dino_loss_torch() {
  return [l = Logits()] {
    const at::Tensor sum = sum_of_rows(l.teacher);
    const TeacherTargets targets = teacher_targets(l.teacher, l.center, 0.04);
    dino_cross_entropy(l.student, targets.rows, 0.1).backward();
    l.student.mutable_grad().reset();
  };
}
const int losses[] = {on_gpu("gpu_dino_loss", dino_loss),
                      on_gpu("gpu_dino_loss_torch", dino_loss_torch)};

// All tokens of 64 images in 2 x 224 and 8 x 96 pixels, as one stream.
constexpr int64_t kTokens = 64 * 690;

struct Stream {
  at::Tensor x = at::randn({kTokens, 384}, half()).requires_grad_();
  at::Tensor branch = at::randn({kTokens, 384}, half()).requires_grad_();
  at::Tensor wide = at::randn({kTokens, 1536}, half()).requires_grad_();
  at::Tensor scales = at::ones({kTokens}, full());
  at::Tensor weight = at::ones({384}, full()).requires_grad_();
  at::Tensor bias = at::zeros({384}, full()).requires_grad_();
  at::Tensor wide_bias = at::zeros({1536}, full()).requires_grad_();
  at::Tensor above = at::randn({kTokens, 384}, half());
  at::Tensor wide_above = at::randn({kTokens, 1536}, half());
};

void backward(const at::Tensor& out, const at::Tensor& above) {
  torch::autograd::backward({out}, {above});
}

Step add_norm() {
  return [s = Stream()] {
    backward(fused_add_norm(s.x, s.branch, s.scales, s.weight, s.bias, 1e-6).normed, s.above);
  };
}
Step add_norm_torch() {
  return [s = Stream()] {
    const at::Tensor sum = at::addcmul(s.x, s.branch, s.scales.to(at::kBFloat16).view({-1, 1}));
    const at::Tensor weight = s.weight.to(at::kBFloat16), bias = s.bias.to(at::kBFloat16);
    backward(at::layer_norm(sum, {384}, weight, bias, 1e-6), s.above);
  };
}
Step bias_gelu() {
  return [s = Stream()] { backward(fused_bias_gelu(s.wide, s.wide_bias), s.wide_above); };
}
Step bias_gelu_torch() {
  return
      [s = Stream()] { backward(at::gelu(s.wide + s.wide_bias.to(at::kBFloat16)), s.wide_above); };
}
const int layers[] = {
    on_gpu("gpu_add_norm", add_norm), on_gpu("gpu_add_norm_torch", add_norm_torch),
    on_gpu("gpu_bias_gelu", bias_gelu), on_gpu("gpu_bias_gelu_torch", bias_gelu_torch)};

// An image, plans and upload included: decoded images of 500 x 375, 2 x 224 + 8 x 96.
constexpr int64_t kImages = 64;

Step views() {
  auto images = std::make_shared<std::vector<Image>>();
  for (int64_t i = 0; i < kImages; ++i)
    images->push_back(
        {500, 375, std::vector<uint8_t>(3 * 500 * 375, static_cast<uint8_t>(37 * i))});
  auto requests = std::make_shared<std::vector<ViewRequest>>();
  uint64_t seed = 0;
  for (const RandomViewConfig& config : multi_crop_views({})) {
    for (const Image& image : *images) {
      Rng rng(++seed, "view", {});
      requests->push_back({&image, draw_random_view(config, image.width, image.height, rng),
                           config.size, config.filter});
    }
  }
  return [images, requests] { make_device_views(*requests, kGpu, at::kBFloat16); };
}
const int augmentation = on_gpu("gpu_views", views, kImages);

// Nearest neighbours: ImageNet's, and a tenth of them with the other way.
at::Tensor unit(const at::Tensor& rows) { return rows / rows.norm(2, {1}, /*keepdim=*/true); }

struct Features {
  explicit Features(int64_t rows, int64_t asked)
      : bank(unit(at::randn({rows, 384}, full()))),
        queries(unit(at::randn({asked, 384}, full()))) {}
  at::Tensor bank, queries;
};

Step imagenet() {
  return [f = Features(1281167, 50000)] { nearest_on_device(f.queries, f.bank, 20); };
}
Step neighbours() {
  return [f = Features(128117, 5000)] { nearest_on_device(f.queries, f.bank, 200); };
}
Step neighbours_torch() {
  return [f = Features(128117, 5000)] {
    for (int64_t first = 0; first < 5000; first += 500)
      at::topk(at::mm(f.queries.narrow(0, first, 500), f.bank.t()), 200);
  };
}
const int search[] = {on_gpu("gpu_knn", imagenet), on_gpu("gpu_neighbours", neighbours),
                      on_gpu("gpu_neighbours_torch", neighbours_torch)};

}  // namespace
}  // namespace dinobench::gpu_perf
