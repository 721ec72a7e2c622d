// What every registered method must do, on every kind of backbone.
#include "tests/test.hpp"
// Torch before everything.
#include <cmath>

#include "core/error.hpp"
#include "core/torch_file.hpp"
#include "tests/contract/small_method.hpp"
#include "tests/train/tiny_run.hpp"
#include "train/agreement.hpp"
#include "train/checkpoint.hpp"

namespace dinobench {
namespace methods_contract {
namespace {

struct Pair {
  std::string method, backbone;
  std::vector<std::string> words;  // of a variant

  std::unique_ptr<Method> make(Communicator& comm,
                               c10::ScalarType dtype = c10::ScalarType::Double) const {
    return small::make(method, backbone, comm, dtype, words);
  }
  std::string text() const { return method + " on " + backbone + small::shown(words); }
};

/// Every method with a small member of each family of backbones, and its variants on the first; a
/// method may refuse a backbone without weights, and nothing else.
std::vector<Pair> pairs() {
  std::vector<Pair> out;
  for (const std::string& method : Methods::names()) {
    for (const char* backbone : {"vit_nano", "resnet18", "pixels"}) {
      const auto comm = make_self_communicator();
      try {
        small::make(method, backbone, *comm);
        out.push_back({method, backbone, {}});
      } catch (const Error&) {
        REQUIRE_FALSE(Backbones::find(backbone).has_weights);
      }
    }
    for (const auto& words : Methods::find(method).variants)
      out.push_back({method, "vit_nano", words});
  }
  return out;
}

bool trains(const Pair& pair) {
  const auto comm = make_self_communicator();
  return !pair.make(*comm)->trainable().empty();
}

TEST_CASE("there are methods, and those of the main job are among them") {
  for (const char* name : {"dino", "supervised", "random_init"}) REQUIRE(Methods::has(name));
  for (const std::string& name : Methods::names()) {
    REQUIRE_FALSE(Methods::find(name).summary.empty());
    REQUIRE_FALSE(Methods::find(name).source.empty());
  }
}

TEST_CASE("contract: finite loss, and a gradient for every trainable parameter") {
  for (const Pair& pair : pairs()) {
    if (!trains(pair)) continue;
    INFO(pair.text());
    const auto comm = make_self_communicator();
    const auto method = pair.make(*comm);
    std::map<std::string, double> series;
    const at::Tensor loss = method->loss(small::batch(*method, 6), Progress{0, 10, 100}, series);
    REQUIRE(loss.dim() == 0);
    REQUIRE(std::isfinite(loss.item<double>()));
    for (const auto& [name, value] : series) REQUIRE(std::isfinite(value));
    loss.backward();
    for (const auto& [name, parameter] : method->trainable()) {
      INFO(name);
      REQUIRE(parameter.grad().defined());
      REQUIRE(parameter.grad().abs().max().item<double>() > 0);
    }
  }
}

// So that a checkpoint can be written while the next step is under way (train/snapshot.hpp).
TEST_CASE("contract: neither loss nor gradient changes a parameter or the teacher") {
  for (const Pair& pair : pairs()) {
    if (!trains(pair)) continue;
    INFO(pair.text());
    const auto comm = make_self_communicator();
    small::Stepper stepper(pair.make(*comm, at::kFloat), *comm);
    Method& method = *stepper.method;
    const StepBatch batch = small::batch(method, 4, at::kFloat);
    stepper.step(batch, 1e-3);
    NamedTensors weights = method.parameters();
    for (const auto& item : method.teacher_parameters()) weights.push_back(item);
    const uint64_t before = checksum(weights);
    std::map<std::string, double> series;
    method.loss(batch, stepper.at, series).backward();
    REQUIRE(checksum(weights) == before);
    stepper.step(batch, 1e-3);
    REQUIRE(checksum(weights) != before);
  }
}

TEST_CASE("contract: ten steps on one batch lower the loss") {
  for (const Pair& pair : pairs()) {
    if (!trains(pair)) continue;
    INFO(pair.text());
    const auto comm = make_self_communicator();
    small::Stepper stepper(pair.make(*comm, at::kFloat), *comm);
    const StepBatch batch = small::batch(*stepper.method, 4, at::kFloat);
    const double first = stepper.step(batch, 5e-4);
    double last = first;
    for (int step = 1; step < 10; ++step) last = stepper.step(batch, 5e-4);
    REQUIRE(last < first);
  }
}

TEST_CASE("contract: save, load, step equals step, to the bit") {
  for (const Pair& pair : pairs()) {
    INFO(pair.text());
    const auto comm = make_self_communicator();
    const tiny::Folder folder("contract");
    small::Stepper one(pair.make(*comm, at::kFloat), *comm);
    small::Stepper two(pair.make(*comm, at::kFloat), *comm);
    const StepBatch batch = small::batch(*one.method, 4, at::kFloat);
    const bool steps = trains(pair);
    for (int step = 0; steps && step < 3; ++step) one.step(batch, 1e-3);
    CheckpointFacts facts{one.at, Value::dict(), {}};
    save_checkpoint(folder / "checkpoint.pth", *one.method, *one.optimizer, facts);
    two.at.step =
        load_checkpoint({folder / "checkpoint.pth", load_torch_file(folder / "checkpoint.pth")},
                        *two.method, *two.optimizer, facts);
    REQUIRE(two.at.step == one.at.step);
    if (steps) REQUIRE(one.step(batch, 1e-3) == two.step(batch, 1e-3));
    const auto left = one.method->checkpoint_parts(), right = two.method->checkpoint_parts();
    REQUIRE_FALSE(left.empty());
    for (size_t part = 0; part < left.size(); ++part) {
      for (size_t i = 0; i < left[part].tensors.size(); ++i) {
        INFO(left[part].key << " " << left[part].tensors[i].first);
        REQUIRE(at::equal(left[part].tensors[i].second, right[part].tensors[i].second));
      }
    }
  }
}

TEST_CASE("contract: the frozen backbone gives [B, D] in eval mode, without a graph") {
  for (const Pair& pair : pairs()) {
    INFO(pair.text());
    const auto comm = make_self_communicator();
    const auto method = pair.make(*comm, at::kFloat);
    const auto backbone = method->frozen_backbone();
    REQUIRE_FALSE(backbone->is_training());
    const c10::NoGradGuard no_grad;
    const at::Tensor features = backbone->forward(at::ones({2, 3, 32, 32}));
    REQUIRE(features.sizes() == at::IntArrayRef{2, backbone->embed_dim()});
    REQUIRE_FALSE(features.requires_grad());
    REQUIRE(at::equal(features, backbone->forward(at::ones({2, 3, 32, 32}))));
  }
}

TEST_CASE("contract: names of parameters are official and unique, and a seed fixes the weights") {
  for (const Pair& pair : pairs()) {
    INFO(pair.text());
    const auto comm = make_self_communicator();
    const auto one = pair.make(*comm);
    const auto two = pair.make(*comm);
    std::map<std::string, at::Tensor> seen;
    for (const auto& [name, parameter] : one->parameters()) {
      REQUIRE((name.starts_with("backbone.") || name.starts_with("head.")));
      REQUIRE(seen.emplace(name, parameter).second);
    }
    for (const auto& [name, parameter] : one->trainable()) REQUIRE(seen.count(name) == 1);
    for (const auto& [name, parameter] : two->parameters()) {
      REQUIRE(at::equal(parameter, seen.at(name)));
    }
  }
}

}  // namespace
}  // namespace methods_contract
}  // namespace dinobench
