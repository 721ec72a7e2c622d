// Initial weights of a seed against values that torch 2.11 printed for its own layers, built in the
// reference's order (tests/reference/initial_weights_test.py compares all of them, bit for bit).
#include "tests/test.hpp"
// Torch and Catch first, then ours.
#include "methods/method.hpp"

namespace dinobench {
namespace initial_weights_tests {

struct Printed {
  const char* name;
  double first, last, sum;
};

void require_initial(const char* arch, const std::vector<Printed>& wanted) {
  const auto comm = make_self_communicator();
  Options options({"--out_dim", "64", "--head_hidden_dim", "32", "--head_bottleneck_dim", "16",
                   "--global_crops_size", "32"});
  BackboneConfig config;
  config.patch_size = 8;
  config.drop_path_rate = 0.1;
  at::manual_seed(0);
  const auto dino = Methods::find("dino").make(
      {.backbone = find_backbone(arch), .backbone_config = config, .comm = *comm}, options);
  const NamedTensors teacher = dino->teacher_parameters();
  const std::map<std::string, at::Tensor> tensors(teacher.begin(), teacher.end());
  for (const Printed& want : wanted) {
    INFO(want.name);
    const at::Tensor seen = tensors.at(want.name).flatten().to(at::kDouble);
    // Vectorised logarithms of another processor may differ in the last bit.
    REQUIRE(seen[0].item<double>() == Approx(want.first).epsilon(1e-6));
    REQUIRE(seen[-1].item<double>() == Approx(want.last).epsilon(1e-6));
    REQUIRE(seen.sum().item<double>() == Approx(want.sum).epsilon(1e-5));
  }
}

TEST_CASE("a ViT's initial weights are torch's for the seed") {
  require_initial(
      "vit_nano",
      {{"backbone.cls_token", 0.018668660894036293, 0.01316861342638731, -0.11420349537365837},
       {"backbone.pos_embed", 0.0010381253669038415, -0.03125487267971039, 0.8057460281233944},
       {"backbone.patch_embed.proj.weight", -0.0005403147079050541, -0.05023111402988434,
        7.149381691324379},
       {"backbone.patch_embed.proj.bias", -0.06115614250302315, 0.06645278632640839,
        -0.16872479890298564},
       {"backbone.blocks.3.mlp.fc2.weight", -0.01877901889383793, 0.005109402816742659,
        7.949189630984037},
       {"head.mlp.4.weight", 0.018049374222755432, 0.009568028151988983, -0.9056640964045073},
       {"head.last_layer.weight_v", 0.09569129347801208, 0.18903520703315735, 6.736295998096466}});
}

TEST_CASE("a ResNet's initial weights are torchvision's for the seed") {
  require_initial(
      "resnet18",
      {{"backbone.conv1.weight", 0.024109674617648125, 0.019611479714512825, -5.018750041808971},
       {"backbone.layer2.0.downsample.0.weight", -0.10871897637844086, -0.24344192445278168,
        12.327413307634743},
       {"backbone.layer4.1.conv2.weight", 0.02886549010872841, -0.020014384761452675,
        13.657922713767139},
       {"head.mlp.4.weight", 0.024100759997963905, -0.024949699640274048, -0.2875795749932877},
       {"head.last_layer.weight_v", 0.027240604162216187, 0.18884816765785217,
        -8.072682440280914}});
}

}  // namespace initial_weights_tests
}  // namespace dinobench
