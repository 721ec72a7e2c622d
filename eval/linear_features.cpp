// A backbone around a backbone: all that extracts features then works for the probe.
#include "eval/linear_features.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>

#include "core/error.hpp"

namespace dinobench {
namespace linear_features {
namespace {

class TokenFeatures final : public Backbone {
 public:
  TokenFeatures(std::shared_ptr<Backbone> network, const ProbeInput& input)
      : network_(register_module("network", std::move(network))), input_(input) {}

  at::Tensor forward(const at::Tensor& images, const RowAddresses*) override {
    const std::vector<at::Tensor> blocks = network_->last_blocks(images, input_.n_last_blocks);
    std::vector<at::Tensor> classes;
    for (const at::Tensor& tokens : blocks) classes.push_back(tokens.select(1, 0));
    if (!input_.avgpool_patchtokens) return at::cat(classes, -1);
    const at::Tensor patches = blocks.back().slice(1, 1).mean(1);
    return at::stack({classes.front(), patches}, -1).flatten(1);  // c0 a0 c1 a1 ...
  }
  int64_t embed_dim() const override {
    return network_->embed_dim() * (input_.n_last_blocks + (input_.avgpool_patchtokens ? 1 : 0));
  }

 private:
  std::shared_ptr<Backbone> network_;
  ProbeInput input_;
};

}  // namespace
}  // namespace linear_features

void check(const ProbeInput& input) {
  require(input.n_last_blocks >= 1, "--n_last_blocks {}: expected 1 or more", input.n_last_blocks);
  require(
      !input.avgpool_patchtokens || input.n_last_blocks == 1,
      "--avgpool_patchtokens needs --n_last_blocks 1, got {}: the mean patch token is interleaved "
      "with the cls token of one block",
      input.n_last_blocks);
}

FrozenModel probe_network(const FrozenModel& model, const ProbeInput& input) {
  check(input);
  if (!model.backbone->has_tokens()) return model;
  return {std::make_shared<linear_features::TokenFeatures>(model.backbone, input), model.arch, {}};
}

std::string describe(const FrozenModel& model, const ProbeInput& input) {
  if (!model.backbone->has_tokens()) return "output of the network";
  if (input.avgpool_patchtokens) return "cls and mean patch token of the last block, interleaved";
  return fmt::format("cls of the last {} blocks", input.n_last_blocks);
}

}  // namespace dinobench
