// A probe for each kernel: the largest difference from its twin, gradients included.
#include "train/kernel_check.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "backbones/fused_layers.hpp"
#include "eval/device_neighbours.hpp"
#include "methods/dino_loss.hpp"
#include "methods/fused_dino_loss.hpp"
#include "train/device_views.hpp"
#include "train/fused_adamw.hpp"
#include "train/optimizer.hpp"

namespace dinobench {
namespace kernel_check {
namespace {

constexpr int64_t kWidth = 384;

/// Not from torch's default generator, whose place decides the initial weights.
at::Tensor drawn(at::IntArrayRef shape, uint64_t seed, c10::Device device) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn(shape, generator, at::kFloat).to(device);
}

double apart(const at::Tensor& a, const at::Tensor& b) {
  const double most = (a - b).abs().max().item<double>();
  return std::isnan(most) ? std::numeric_limits<double>::infinity() : most;
}

/// The gradient of `leaf` under a fixed gradient of `out`; the leaf's is empty again.
at::Tensor pulled(const at::Tensor& out, const at::Tensor& leaf) {
  (out * drawn(out.sizes(), 9, out.device())).sum().backward();
  const at::Tensor gradient = leaf.grad();
  leaf.mutable_grad().reset();
  return gradient;
}

double norm(c10::Device device) {
  const at::Tensor x = drawn({96, kWidth}, 1, device).requires_grad_();
  const at::Tensor branch = drawn({96, kWidth}, 2, device), w = drawn({kWidth}, 3, device),
                   b = drawn({kWidth}, 4, device), scales = at::full({96}, 1.25F, w.options());
  const at::Tensor fused = fused_add_norm(x, branch, scales, w, b, 1e-6).normed;
  const at::Tensor plain = at::layer_norm(x + branch * 1.25, {kWidth}, w, b, 1e-6);
  return std::max(apart(fused, plain), apart(pulled(fused, x), pulled(plain, x)));
}

double gelu(c10::Device device) {
  const at::Tensor x = drawn({96, kWidth}, 1, device).requires_grad_();
  const at::Tensor bias = drawn({kWidth}, 2, device);
  const at::Tensor fused = fused_bias_gelu(x, bias), plain = at::gelu(x + bias);
  return std::max(apart(fused, plain), apart(pulled(fused, x), pulled(plain, x)));
}

double loss(c10::Device device) {
  const at::Tensor student = drawn({12, 3000}, 1, device).requires_grad_();
  const at::Tensor teacher = drawn({4, 3000}, 2, device), center = drawn({1, 3000}, 3, device);
  const at::Tensor temperature = at::scalar_tensor(0.5, at::kDouble).to(device);
  const FusedTargets targets = fused_teacher_targets(teacher, center, temperature);
  const at::Tensor fused = fused_dino_cross_entropy(student, targets, 0.3, false);
  const at::Tensor plain =
      dino_cross_entropy(student, teacher_targets(teacher, center, 0.5).rows, 0.3);
  return std::max(apart(fused, plain), apart(pulled(fused, student), pulled(plain, student)));
}

double adamw(c10::Device device) {
  const at::Tensor weight = drawn({300, 70}, 1, device), gradient = drawn({300, 70}, 2, device);
  FusedAdamWEntry entry;
  entry.parameter = weight.clone(), entry.teacher = weight.clone(), entry.gradient = gradient;
  entry.exp_avg = at::zeros_like(weight), entry.exp_avg_sq = at::zeros_like(weight);
  entry.step = at::zeros({}, weight.options()), entry.decayed = true;
  const at::Tensor schedule = at::tensor({0.1, 0.04, 0.9}, at::kDouble).to(device);
  FusedAdamW(3).step({entry}, schedule, {});
  const at::Tensor leaf = weight.clone();
  leaf.mutable_grad() = gradient.clone();
  clip_gradients({leaf}, 3);
  const auto plain = make_adamw({{"weight", leaf}});
  plain->step(0.1, 0.04, [](const std::string&) { return false; });
  return std::max(apart(entry.parameter, leaf), apart(entry.teacher, 0.9 * weight + 0.1 * leaf));
}

double views(c10::Device device) {
  Image image{90, 70, std::vector<uint8_t>(3 * 90 * 70)};
  for (size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<uint8_t>(i * 2654435761U >> 13);
  RandomViewConfig config;
  config.size = 32, config.jitter = config.grayscale = 1, config.solarize = 1;
  Rng drawing(1, "view", {}), making(1, "view", {});
  const ViewRequest request{&image, draw_random_view(config, 90, 70, drawing), config.size,
                            config.filter};
  const at::Tensor made = make_device_views(std::span(&request, 1), device, at::kFloat);
  const at::Tensor plain = at::empty({3 * 32 * 32});
  normalize(random_view(config).make(image, making), plain.mutable_data_ptr<float>());
  return made.to(at::kCPU).equal(plain) ? 0 : 1;
}

double neighbours(c10::Device device) {
  const at::Tensor bank = unit_rows(drawn({700, 48}, 1, at::kCPU));
  const at::Tensor queries = unit_rows(drawn({5, 48}, 2, at::kCPU));
  const Neighbours plain = nearest(queries, bank, 7);
  const Neighbours made = nearest_on_device(queries.to(device), bank.to(device), 7);
  return made.index == plain.index && made.similarity == plain.similarity ? 0 : 1;
}

struct Probe {
  const char* kernel;
  double (*difference)(c10::Device device);
};
constexpr Probe kProbes[] = {
    {"residual and layer norm", norm}, {"bias and GELU", gelu}, {"DINO loss", loss},
    {"AdamW and teacher", adamw},      {"views", views},        {"nearest neighbours", neighbours}};

}  // namespace
}  // namespace kernel_check

std::string kernel_problem(c10::Device device, double tolerance) {
  for (const auto& [kernel, difference] : kernel_check::kProbes) {
    try {
      const double found = difference(device);
      if (found > tolerance)
        return fmt::format("{} is off by {:.2g} from the plain code", kernel, found);
    } catch (const std::exception& error) {
      return fmt::format("{}: {}", kernel, error.what());
    }
  }
  return "";
}

}  // namespace dinobench
