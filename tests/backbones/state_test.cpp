// Named tensors: order, strictness, dtypes, and the names that an evaluation keeps.
#include "tests/test.hpp"
// Torch and Catch first, then ours.
#include "backbones/layers.hpp"
#include "backbones/state.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace state_tests {

struct Pair : torch::nn::Module {
  Pair() {
    norm = register_module("norm", std::make_shared<BatchNorm>(2));
    own = register_parameter("own", at::ones({3}));  // registered later, listed first
  }
  std::shared_ptr<BatchNorm> norm;
  at::Tensor own;
};

std::string message_of(const NamedTensors& target, const NamedTensors& source) {
  try {
    load_state(target, source, "w.pth");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("state lists own tensors before children, parameters before buffers") {
  const Pair pair;
  std::vector<std::string> names;
  for (const auto& [name, tensor] : state_of(pair)) names.push_back(name);
  REQUIRE(names == std::vector<std::string>{"own", "norm.weight", "norm.bias", "norm.running_mean",
                                            "norm.running_var", "norm.num_batches_tracked"});
  REQUIRE(parameters_of(pair).size() == 3);
}

TEST_CASE("moving a module converts floats in place and leaves counters alone") {
  Pair pair;
  const at::Tensor held = pair.own;
  move_module(pair, at::kCPU, at::kDouble);
  REQUIRE(held.scalar_type() == at::kDouble);
  REQUIRE(held.is_leaf());
  REQUIRE(pair.norm->running_mean.scalar_type() == at::kDouble);
  REQUIRE(pair.norm->num_batches_tracked.scalar_type() == at::kLong);
}

TEST_CASE("loading is strict, says what differs, and then copies nothing") {
  Pair pair;
  NamedTensors source;
  for (const auto& [name, tensor] : state_of(pair)) source.emplace_back(name, tensor.clone());
  source[0] = {"own", at::full({4}, 2.0)};
  source[1].second = at::full({2}, 5.0);
  source[2].first = "norm.offset";
  const std::string message = message_of(state_of(pair), source);
  REQUIRE(message.find("w.pth") != std::string::npos);
  REQUIRE(message.find("1 missing: norm.bias") != std::string::npos);
  REQUIRE(message.find("1 unexpected: norm.offset") != std::string::npos);
  REQUIRE(message.find("own is [4], expected [3]") != std::string::npos);
  REQUIRE(pair.norm->weight[0].item<float>() == 1);
}

TEST_CASE("a long list of differing names is cut and counted") {
  Pair pair;
  const std::string message = message_of(state_of(pair), {});
  REQUIRE(message.find("6 missing") != std::string::npos);
  REQUIRE(message.find("and 2 more") != std::string::npos);
  REQUIRE(message.find('\n') == std::string::npos);
}

TEST_CASE("loading converts dtypes") {
  Pair pair;
  NamedTensors source = state_of(pair);
  for (auto& [name, tensor] : source)
    tensor = (tensor.detach().to(at::kDouble) + 1.5).to(at::kBFloat16);
  load_state(state_of(pair), source, "w.pth");
  REQUIRE(pair.own[0].item<float>() == 2.5);
  REQUIRE(pair.own.scalar_type() == at::kFloat);
  REQUIRE(pair.norm->num_batches_tracked.scalar_type() == at::kLong);
}

TEST_CASE("tensors of every stored dtype survive the way to checkpoint values and back") {
  for (const auto dtype : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt,
                           at::kShort, at::kChar, at::kByte, at::kBool}) {
    const at::Tensor tensor = at::arange(6).view({2, 3}).to(dtype).t();  // not contiguous
    const at::Tensor back = to_tensor(to_data(tensor));
    REQUIRE(back.scalar_type() == dtype);
    REQUIRE(at::equal(back, tensor));
  }
  REQUIRE(to_tensor(to_data(at::full({}, 3.5))).item<float>() == 3.5);
  const NamedTensors named{{"a", at::ones({2})}, {"b", at::zeros({0})}};
  const NamedTensors back = from_value(to_value(named, "module."));
  REQUIRE(back[0].first == "module.a");
  REQUIRE(back[1].second.numel() == 0);
}

TEST_CASE("an evaluation's names lose module and backbone, and leave heads out") {
  const at::Tensor t = at::zeros({1});
  const NamedTensors names = backbone_names({{"module.backbone.cls_token", t},
                                             {"module.head.mlp.0.weight", t},
                                             {"fc.weight", t},
                                             {"backbone.module.norm.bias", t},
                                             {"prototypes.weight_v", t}});
  REQUIRE(names.size() == 2);
  REQUIRE(names[0].first == "cls_token");
  REQUIRE(names[1].first == "norm.bias");
}

}  // namespace state_tests
}  // namespace dinobench
