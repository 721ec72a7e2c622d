// What every registered backbone must do.
#include "tests/test.hpp"
// Torch before everything.
#include <set>

#include "backbones/backbone.hpp"
#include "backbones/state.hpp"

namespace dinobench {
namespace backbones_contract {
namespace {

std::shared_ptr<Backbone> make(const std::string& name) {
  BackboneConfig config;
  config.patch_size = 8;
  config.image_size = 32;
  at::manual_seed(3);
  return Backbones::find(name).make(config);
}

at::Tensor pictures(int64_t count) {
  return at::arange(count * 3 * 32 * 32, at::kFloat).mul(0.37).sin().reshape({count, 3, 32, 32});
}

TEST_CASE("contract: those of the main job are registered and described") {
  for (const char* name : {"vit_tiny", "vit_small", "vit_base", "vit_micro", "vit_nano", "resnet18",
                           "resnet50", "pixels"}) {
    REQUIRE(Backbones::has(name));
  }
  for (const std::string& name : Backbones::names()) {
    REQUIRE_FALSE(Backbones::find(name).summary.empty());
  }
}

TEST_CASE("contract: a backbone gives finite [B, D] rows that do not depend on one another") {
  for (const std::string& name : Backbones::names()) {
    INFO(name);
    const auto backbone = make(name);
    backbone->eval();
    const c10::NoGradGuard no_grad;
    const at::Tensor both = backbone->forward(pictures(2));
    REQUIRE(both.sizes() == at::IntArrayRef{2, backbone->embed_dim()});
    REQUIRE(both.isfinite().all().item<bool>());
    const at::Tensor alone = backbone->forward(pictures(1));
    REQUIRE(at::allclose(alone[0], both[0], 1e-4, 1e-4));
  }
}

TEST_CASE("contract: every weight of a backbone gets a gradient, and names are unique") {
  for (const std::string& name : Backbones::names()) {
    INFO(name);
    const auto backbone = make(name);
    const NamedTensors parameters = parameters_of(*backbone);
    REQUIRE(parameters.empty() == !Backbones::find(name).has_weights);
    if (parameters.empty()) continue;
    backbone->train();
    backbone->forward(pictures(3)).square().sum().backward();
    std::set<std::string> names;
    for (const auto& [parameter_name, parameter] : parameters) {
      INFO(parameter_name);
      REQUIRE(names.insert(parameter_name).second);
      REQUIRE(parameter.grad().defined());
      REQUIRE(parameter.grad().isfinite().all().item<bool>());
    }
  }
}

TEST_CASE("contract: token outputs agree with the global feature") {
  for (const std::string& name : Backbones::names()) {
    const auto backbone = make(name);
    if (!backbone->has_tokens() || backbone->embed_dim() > 400) continue;
    INFO(name);
    backbone->eval();
    const c10::NoGradGuard no_grad;
    const at::Tensor global = backbone->forward(pictures(2));
    const auto blocks = backbone->last_blocks(pictures(2), 2);
    REQUIRE(blocks.size() == 2);
    REQUIRE(blocks[1].sizes() == at::IntArrayRef{2, 1 + 16, backbone->embed_dim()});
    REQUIRE(at::allclose(blocks[1].select(1, 0), global, 1e-5, 1e-5));
    const at::Tensor attention = backbone->last_attention(pictures(2));
    REQUIRE(attention.size(2) == 17);
    REQUIRE(at::allclose(attention.sum(-1), at::ones({}), 1e-5, 1e-5));
  }
}

}  // namespace
}  // namespace backbones_contract
}  // namespace dinobench
