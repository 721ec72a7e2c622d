// Label propagation: golden vectors A.9, and the tiles against the plain twin bit by bit.
#include "eval/label_propagation.hpp"

#include "eval/label_sources.hpp"
#include "eval/neighbours.hpp"
#include "tests/backbones/portable_fill.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace label_propagation_test {

at::Tensor unit(const at::Tensor& rows) { return rows / rows.norm(2, {1}, true); }

at::Tensor hard_labels(uint32_t stream, int64_t cells) {
  Mask mask{cells, 1, {}};
  for (int64_t i = 0; i < cells; ++i)
    mask.values.push_back(
        static_cast<uint8_t>(3 * portable::uniform(stream, static_cast<uint32_t>(i))));
  return one_hot(mask);
}

constexpr PatchGrid kGolden{5, 6};

at::Tensor golden(bool plain) {
  std::vector<LabelledFrame> contexts;
  for (uint32_t i = 0; i < 2; ++i)
    contexts.push_back({unit(portable::values(5300 + i, {30, 4}, 1.0)), hard_labels(5400 + i, 30)});
  const at::Tensor target = unit(portable::values(5310, {30, 4}, 1.0));
  const PropagationConfig config{.radius = 2};
  return plain ? propagate_plain(target, contexts, kGolden, config)
               : propagate(target, contexts, kGolden, config);
}

TEST_CASE("soft labels of the golden vectors A.9", "[video]") {
  for (const bool plain : {false, true}) {
    const at::Tensor labels = golden(plain);
    const auto at = [&](int64_t row, int64_t column, int64_t object) {
      return labels[row * 6 + column][object].item<double>();
    };
    REQUIRE(at(0, 0, 0) == Approx(0.19148667822593576).epsilon(1e-13));
    REQUIRE(at(0, 0, 1) == Approx(0.6069521640592946).epsilon(1e-13));
    REQUIRE(at(0, 0, 2) == Approx(0.20156115771476943).epsilon(1e-13));
    REQUIRE(at(2, 3, 0) == Approx(0.12688219128818928).epsilon(1e-13));
    REQUIRE(at(2, 3, 1) == Approx(0.421620785407643).epsilon(1e-13));
    REQUIRE(at(2, 3, 2) == Approx(0.45149702330416774).epsilon(1e-13));
    REQUIRE(labels.sum().item<double>() == Approx(30).epsilon(1e-13));
    REQUIRE(labels.square().sum().item<double>() == Approx(18.641614069904556).epsilon(1e-13));
  }
}

TEST_CASE("the reach of A.9 holds 456 pairs, its mask 175, 108 and 197 pixels", "[video]") {
  int64_t pairs = 0;
  for (int64_t row = 0; row < 5; ++row)
    for (int64_t column = 0; column < 6; ++column)
      pairs += label_sources::reach({row, row + 1}, 2, 5).size() *
               label_sources::reach({column, column + 1}, 2, 6).size();
  REQUIRE(pairs == 456);
  const Mask mask = harden(golden(false), kGolden, 4, 24, 20);
  int64_t counts[3] = {0, 0, 0};
  for (const uint8_t value : mask.values) ++counts[value];
  REQUIRE(counts[0] == 175);
  REQUIRE(counts[1] == 108);
  REQUIRE(counts[2] == 197);
}

struct Scene {
  PatchGrid grid;
  int64_t dimension, contexts, channels;
  c10::ScalarType type;

  at::Tensor features(uint32_t stream) const {
    at::Tensor rows = portable::values(stream, {grid.cells(), dimension}, 1.0);
    rows = (rows + 0.5).to(at::kFloat);  // similar to one another, as patches are
    rows.slice(0, 0, 5).copy_(rows.slice(0, 1, 6).clone());  // and with ties
    return type == at::kDouble ? unit(rows.to(at::kDouble)) : unit_rows(rows);
  }

  void compare(const PropagationConfig& config) const {
    std::vector<LabelledFrame> frames;
    for (int64_t i = 0; i < contexts; ++i) {
      const auto stream = static_cast<uint32_t>(100 + i);
      const at::Tensor soft = portable::values(stream + 50, {grid.cells(), channels}, 1.0).abs();
      frames.push_back({features(stream), soft / soft.sum(1, true)});
    }
    const at::Tensor target = features(1);
    REQUIRE(propagate(target, frames, grid, config)
                .equal(propagate_plain(target, frames, grid, config)));
  }
};

TEST_CASE("tiles give the bits of the plain comparison of all patches", "[video]") {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const Scene wide{{13, 21}, 24, 3, 3, type}, small{{2, 3}, 5, 1, 2, type};
    const Scene tall{{17, 8}, 193, 2, 2, type};
    for (const int64_t radius : {0, 1, 4, 12, 40})
      for (const int64_t topk : {1, 5, 1000}) {
        wide.compare({.radius = radius, .topk = topk});
        small.compare({.radius = radius, .topk = topk, .temperature = 0.001});
        tall.compare({.radius = radius, .topk = topk, .temperature = 5});
      }
  }
}

TEST_CASE("sources as similar as the last of the topk are kept", "[video]") {
  const at::Tensor same = unit_rows(at::ones({4, 3}, at::kFloat));
  const at::Tensor labels = one_hot({4, 1, {0, 1, 1, 1}});
  const at::Tensor mixed = propagate(same, {{same, labels}}, {2, 2}, {.topk = 2});
  REQUIRE(mixed.allclose(at::tensor({0.25, 0.75}, at::kDouble).expand({4, 2})));
}

TEST_CASE("labels move no farther than the radius", "[video]") {
  const PatchGrid grid{1, 9};
  const at::Tensor same = unit_rows(at::ones({9, 3}, at::kFloat));
  const at::Tensor labels = one_hot({9, 1, {1, 0, 0, 0, 0, 0, 0, 0, 0}});
  const at::Tensor mixed = propagate(same, {{same, labels}}, grid, {.radius = 2, .topk = 100});
  REQUIRE(mixed.select(1, 1).slice(0, 0, 3).gt(0).all().item<bool>());
  REQUIRE(mixed.select(1, 1).slice(0, 3).eq(0).all().item<bool>());
}

TEST_CASE("an object that vanished stays away, one that fills the frame wins", "[video]") {
  const PatchGrid grid{2, 2};
  const auto constant = [&](std::vector<double> shares) {
    const auto channels = static_cast<int64_t>(shares.size());
    return harden(at::tensor(shares, at::kDouble).expand({4, channels}).contiguous(), grid, 4, 9,
                  7);
  };
  REQUIRE(constant({1, 0}).values == std::vector<uint8_t>(63, 0));
  REQUIRE(constant({0, 1}).values == std::vector<uint8_t>(63, 1));
  REQUIRE(constant({1}).values == std::vector<uint8_t>(63, 0));
}

}  // namespace label_propagation_test
}  // namespace dinobench
