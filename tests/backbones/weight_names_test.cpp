// Other people's names for the same tensors.
#include "backbones/weight_names.hpp"

#include "core/error.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace weight_names_tests {

std::vector<std::string> names_of(const NamedTensors& tensors) {
  std::vector<std::string> out;
  for (const auto& [name, tensor] : tensors) out.push_back(name);
  return out;
}

NamedTensors named(const std::vector<std::string>& names) {
  NamedTensors out;
  for (const std::string& name : names) out.emplace_back(name, at::zeros({1}));
  return out;
}

NetworkWeights sorted(const std::vector<std::string>& names) {
  return official_weights(named(names), "w.pth");
}

std::shared_ptr<Backbone> nano() {
  return Backbones::find("vit_nano").make({.patch_size = 8, .image_size = 16});
}

TEST_CASE("wrappers go wherever they stand, heads are set apart") {
  const NetworkWeights found = sorted({"module.backbone.cls_token", "module.head.mlp.0.weight",
                                       "_orig_mod.backbone.module.norm.bias", "unknown"});
  REQUIRE(names_of(found.backbone) ==
          std::vector<std::string>{"cls_token", "norm.bias", "unknown"});
  REQUIRE(names_of(found.head) == std::vector<std::string>{"head.mlp.0.weight"});
  REQUIRE_FALSE(found.classifier);
  REQUIRE(found.naming == "official");
}

TEST_CASE("an early upload's head, and weight norm as newer torch spells it, get official names") {
  const std::vector<std::string> expected{"head.mlp.2.bias", "head.last_layer.weight_g",
                                          "head.last_layer.weight_v"};
  REQUIRE(names_of(sorted({"module.projection_head.2.bias", "module.prototypes.weight_g",
                           "prototypes.weight_v"})
                       .head) == expected);
  REQUIRE(names_of(sorted({"head.projection_head.2.bias", "head.prototypes.weight_g",
                           "head.prototypes.weight_v"})
                       .head) == expected);
  REQUIRE(names_of(sorted({"head.mlp.2.bias", "head.last_layer.parametrizations.weight.original0",
                           "head.last_layer.parametrizations.weight.original1"})
                       .head) == expected);
}

TEST_CASE("torchvision's names of a ViT, those of its published files too") {
  const std::vector<std::string> block{"blocks.11.norm1.weight",  "blocks.11.attn.qkv.weight",
                                       "blocks.11.attn.qkv.bias", "blocks.11.attn.proj.bias",
                                       "blocks.11.norm2.bias",    "blocks.11.mlp.fc1.weight",
                                       "blocks.11.mlp.fc2.weight"};
  for (const auto& [first, second] :
       {std::pair("mlp.0", "mlp.3"), std::pair("mlp.linear_1", "mlp.linear_2")}) {
    const std::string layer = "encoder.layers.encoder_layer_11.";
    const NetworkWeights found =
        sorted({layer + "ln_1.weight", layer + "self_attention.in_proj_weight",
                layer + "self_attention.in_proj_bias", layer + "self_attention.out_proj.bias",
                layer + "ln_2.bias", layer + first + ".weight", layer + second + ".weight"});
    REQUIRE(names_of(found.backbone) == block);
    REQUIRE(found.naming == "torchvision");
  }
  const NetworkWeights found =
      sorted({"class_token", "conv_proj.weight", "encoder.pos_embedding", "encoder.ln.bias",
              "encoder.layers.encoder_layer_0.ln_1.bias", "heads.head.weight", "heads.head.bias"});
  REQUIRE(names_of(found.backbone) ==
          std::vector<std::string>{"cls_token", "patch_embed.proj.weight", "pos_embed", "norm.bias",
                                   "blocks.0.norm1.bias"});
  REQUIRE(found.classifier);
}

TEST_CASE("timm's final norm, and classifiers of ViTs and ResNets") {
  const NetworkWeights timm = sorted({"fc_norm.weight", "head.weight", "head.bias"});
  REQUIRE(names_of(timm.backbone) == std::vector<std::string>{"norm.weight"});
  REQUIRE(timm.naming == "timm");
  REQUIRE((timm.classifier && timm.head.empty()));
  REQUIRE(sorted({"module.fc.weight", "module.fc.bias"}).classifier);
  REQUIRE_FALSE(sorted({"fc.weight"}).classifier);
  REQUIRE_THROWS_WITH(sorted({"fc_norm.weight", "norm.weight"}),
                      Catch::Contains("w.pth: two tensors come to the name norm.weight"));
}

TEST_CASE("a mismatch names the backbone that would fit, and its patches") {
  const NamedTensors weights = state_of(*nano());
  const auto other = Backbones::find("vit_micro").make({.patch_size = 16, .image_size = 32});
  REQUIRE_THROWS_WITH(load_backbone(*other, weights, "w.pth"),
                      Catch::Contains("w.pth does not fit the network") &&
                          Catch::Contains("these weights fit --arch vit_nano --patch_size 8"));
  NamedTensors cut = weights;
  cut.pop_back();
  REQUIRE_THROWS_WITH(load_backbone(*nano(), cut, "w.pth"),
                      Catch::Contains("1 missing: norm.bias") && !Catch::Contains("these weights"));
}

TEST_CASE("batch counts that old files do not have become 0, and nothing else does") {
  const auto network = Backbones::find("resnet18").make({});
  NamedTensors old;
  for (const auto& [name, tensor] : state_of(*network))
    if (!name.ends_with("num_batches_tracked")) old.emplace_back(name, tensor.detach().clone());
  for (const auto& [name, tensor] : state_of(*network))
    if (name.ends_with("num_batches_tracked")) tensor.fill_(7);
  REQUIRE(load_backbone(*network, old, "w.pth") == 20);
  REQUIRE(state_of(*network)[5].first == "bn1.num_batches_tracked");
  REQUIRE(state_of(*network)[5].second.item<int64_t>() == 0);
  REQUIRE(load_backbone(*network, state_of(*network), "w.pth") == 0);
  std::erase_if(old, [](const auto& item) { return item.first == "bn1.running_mean"; });
  REQUIRE_THROWS_WITH(load_backbone(*network, old, "w.pth"),
                      Catch::Contains("2 missing: bn1.running_mean, bn1.num_batches_tracked"));
}

TEST_CASE("the position table's side is read off, within reason") {
  const auto side = [](std::vector<int64_t> shape) {
    return config_of({{"pos_embed", at::empty(shape)}}, {.patch_size = 8, .image_size = 5}, "w")
        .image_size;
  };
  REQUIRE(side({1, 1 + 49, 4}) == 56);
  REQUIRE(config_of({}, {.patch_size = 8, .image_size = 5}, "w").image_size == 5);
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{1, 51, 4}, {1, 1, 4}, {50, 4}, {1, 1 + 600 * 600, 1}})
    REQUIRE_THROWS_WITH(side(shape), Catch::Contains("expected a square number"));
}

}  // namespace weight_names_tests
}  // namespace dinobench
