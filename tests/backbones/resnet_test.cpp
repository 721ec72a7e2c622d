// ResNets by torchvision's names, counts and conventions; pixels beside them.
#include "tests/test.hpp"
// Torch and Catch first, then ours.
#include "backbones/backbone.hpp"
#include "backbones/layers.hpp"
#include "backbones/state.hpp"
#include "core/error.hpp"
#include "tests/backbones/portable_fill.hpp"

namespace dinobench {
namespace resnet_tests {

TEST_CASE("ResNet trunks have torchvision's tensors and counts") {
  const auto count = [](const NamedTensors& tensors) {
    int64_t sum = 0;
    for (const auto& [name, tensor] : tensors) sum += tensor.numel();
    return sum;
  };
  const auto small = Backbones::find("resnet18").make({});
  const auto large = Backbones::find("resnet50").make({});
  REQUIRE(count(parameters_of(*small)) == 11176512);
  REQUIRE(count(parameters_of(*large)) == 23508032);
  const NamedTensors state = state_of(*large);
  REQUIRE(state.size() == 318);
  REQUIRE(state_of(*small).size() == 120);
  std::vector<std::string> block;
  for (const auto& [name, tensor] : state)
    if (name.starts_with("layer2.0.") && !name.ends_with("num_batches_tracked"))
      block.push_back(name.substr(9));
  REQUIRE(block == std::vector<std::string>{"conv1.weight",
                                            "bn1.weight",
                                            "bn1.bias",
                                            "bn1.running_mean",
                                            "bn1.running_var",
                                            "conv2.weight",
                                            "bn2.weight",
                                            "bn2.bias",
                                            "bn2.running_mean",
                                            "bn2.running_var",
                                            "conv3.weight",
                                            "bn3.weight",
                                            "bn3.bias",
                                            "bn3.running_mean",
                                            "bn3.running_var",
                                            "downsample.0.weight",
                                            "downsample.1.weight",
                                            "downsample.1.bias",
                                            "downsample.1.running_mean",
                                            "downsample.1.running_var"});
  REQUIRE(large->embed_dim() == 2048);
  REQUIRE(large->forward(at::zeros({2, 3, 64, 64})).sizes() == at::IntArrayRef({2, 2048}));
  REQUIRE_THROWS_AS(large->last_attention(at::zeros({1, 3, 64, 64})), Error);
}

TEST_CASE("BatchNorm normalises by the batch, remembers averages and uses them in eval mode") {
  BatchNorm norm(3);
  const at::Tensor x = portable::values(9, {16, 3, 5, 5}, 2).to(at::kFloat) + 4;
  const at::Tensor mean = x.mean({0, 2, 3});
  const at::Tensor variance = (x - mean.view({1, 3, 1, 1})).square().sum({0, 2, 3}) / (400 - 1);
  REQUIRE(norm.forward(x).mean().abs().item<double>() < 1e-6);
  REQUIRE(at::allclose(norm.running_mean, 0.1 * mean, 1e-5, 1e-6));
  REQUIRE(at::allclose(norm.running_var, 0.9 + 0.1 * variance, 1e-5, 1e-6));
  REQUIRE(norm.num_batches_tracked.item<int64_t>() == 1);
  norm.eval();
  const at::Tensor frozen = norm.forward(x);
  REQUIRE(norm.num_batches_tracked.item<int64_t>() == 1);
  const at::Tensor scale = (norm.running_var + 1e-5).sqrt().view({1, 3, 1, 1});
  REQUIRE(at::allclose(frozen, (x - norm.running_mean.view({1, 3, 1, 1})) / scale, 1e-5, 1e-5));
}

TEST_CASE("the pixels backbone hands out the image, another size averaged to its own") {
  BackboneConfig config;
  config.image_size = 4;
  const auto pixels = Backbones::find("pixels").make(config);
  const at::Tensor images = portable::values(1, {2, 3, 4, 4}, 1);
  REQUIRE(pixels->embed_dim() == 48);
  REQUIRE(at::equal(pixels->forward(images), images.view({2, 48})));
  REQUIRE(parameters_of(*pixels).empty());
  const at::Tensor large = images.repeat_interleave(2, 2).repeat_interleave(3, 3);  // [2, 3, 8, 12]
  REQUIRE(at::allclose(pixels->forward(large), images.view({2, 48})));
  REQUIRE_THROWS_AS(pixels->forward(at::zeros({2, 4, 4, 4})), Error);
}

}  // namespace resnet_tests
}  // namespace dinobench
