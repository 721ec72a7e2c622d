// A ViT's packed pass against the pass group by group, with gradients.
#include "backbones/autocast.hpp"
#include "backbones/device_layers.hpp"
#include "backbones/kernel_call.hpp"
#include "backbones/state.hpp"
#include "backbones/vit.hpp"
#include "tests/gpu/gpu_test.hpp"

namespace dinobench {
namespace packed_vit_test {

using gpu_test::close;

std::shared_ptr<VisionTransformer> network(c10::Device device) {
  at::manual_seed(3);
  BackboneConfig config;
  config.patch_size = 8, config.image_size = 32, config.drop_path_rate = 0.5;
  auto out = std::make_shared<VisionTransformer>(VitShape{64, 3, 2}, config);
  move_module(*out, device, at::kFloat);
  out->train();
  return out;
}

RowAddresses addresses(int64_t rows) {
  RowAddresses out;
  for (int64_t i = 0; i < rows; ++i) out.samples.push_back(i), out.views.push_back(0);
  return out;
}

struct Pass {
  at::Tensor features;
  std::vector<at::Tensor> gradients;
};

// Of 3 images of 32 x 32 and 2 of 16 x 24 pixels.
Pass pass(VisionTransformer& vit, const HalfWeights* copies, c10::Device device) {
  const std::vector<at::Tensor> groups{gpu_test::random({3, 3, 32, 32}, 1).to(device),
                                       gpu_test::random({2, 3, 16, 24}, 2).to(device)};
  const RowAddresses rows = addresses(5);
  const HalfScope half(copies);
  const at::Tensor features = vit.forward_groups(groups, &rows);
  const at::Tensor above = gpu_test::random({5, 64}, 3).to(device);
  (features.to(at::kFloat) * above).sum().backward();
  Pass out{features.detach(), {}};
  for (const auto& [name, parameter] : parameters_of(vit)) {
    out.gradients.push_back(parameter.grad().clone());
    parameter.mutable_grad().reset();
  }
  return out;
}

Pass plain_pass(VisionTransformer& vit, c10::Device device) {
  use_kernels(false);
  Pass out = pass(vit, nullptr, device);
  use_kernels(true);
  return out;
}

TEST_CASE("tokens in one buffer give the features and gradients of groups one by one") {
  gpu_test::on_kernel_device_once([](c10::Device device) {
    const auto vit = network(device);
    REQUIRE(takes_kernels(at::empty({1}, device)));
    const Pass packed = pass(*vit, nullptr, device), plain = plain_pass(*vit, device);
    REQUIRE(close(packed.features, plain.features, 1e-5, 1e-5));
    for (size_t i = 0; i < plain.gradients.size(); ++i) {
      INFO(parameters_of(*vit)[i].first);
      CHECK(close(packed.gradients[i], plain.gradients[i], 1e-4, 1e-4));
    }
  });
}

TEST_CASE("with bfloat16 copies they are close, and gradients stay float32") {
  gpu_test::on_kernel_device_once([](c10::Device device) {
    const auto vit = network(device);
    const HalfWeights copies(*vit);
    const Pass packed = pass(*vit, &copies, device), plain = plain_pass(*vit, device);
    REQUIRE(packed.features.scalar_type() == at::kBFloat16);
    REQUIRE(close(packed.features, plain.features, 0.05, 0.05));
    for (size_t i = 0; i < plain.gradients.size(); ++i) {
      INFO(parameters_of(*vit)[i].first);
      REQUIRE(packed.gradients[i].scalar_type() == at::kFloat);
      const double off = (packed.gradients[i] - plain.gradients[i]).norm().item<double>();
      CHECK(off < 0.05 * plain.gradients[i].norm().item<double>() + 1e-3);
    }
  });
}

TEST_CASE("linear layers have copies in half precision, other parameters none") {
  gpu_test::on_kernel_device_once([](c10::Device device) {
    const auto vit = network(device);
    const HalfWeights copies(*vit);
    for (const auto& [name, parameter] : parameters_of(*vit)) {
      const bool of_layer = name == "patch_embed.proj.weight" || name == "blocks.1.mlp.fc1.bias";
      if (of_layer) CHECK(at::equal(copies.of(parameter), parameter.to(at::kBFloat16)));
      if (name == "cls_token") CHECK(!copies.of(parameter).defined());
    }
  });
}

}  // namespace packed_vit_test
}  // namespace dinobench
