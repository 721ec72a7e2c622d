// The pieces of the linear evaluation, worked by hand.
#include "eval/linear_probe.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/error.hpp"
#include "eval/linear_features.hpp"
#include "eval/linear_holdout.hpp"
#include "eval/linear_journal.hpp"
#include "eval/ranked_classes.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace linear_probe_test {

ProbeGrid blank(const std::vector<double>& rates, int64_t labels, int64_t dimension) {
  ProbeGrid grid = make_probes({labels, dimension}, rates, 0, at::kDouble);
  grid.weight.zero_();
  return grid;
}

TEST_CASE("two steps of a probe, worked by hand", "[linear]") {
  ProbeGrid grid = blank({1.0}, 2, 2);
  const at::Tensor features = at::eye(2, at::kDouble);
  const at::Tensor labels = at::tensor(std::vector<int64_t>{0, 1});
  // Weights 0: both shares are 1/2, the gradient of row b is (share - one-hot) / 2.
  REQUIRE(grid.step(features, labels, 1.0).item<double>() == Approx(2 * std::log(2.0)));
  REQUIRE(at::allclose(grid.weight[0],
                       at::tensor({0.25, -0.25, -0.25, 0.25}, at::kDouble).view({2, 2})));
  REQUIRE(grid.bias.abs().max().item<double>() < 1e-15);
  // The right logit leads by 1/2: share s; the momentum holds 0.9 of the first gradient.
  const double share = 1 / (1 + std::exp(-0.5));
  REQUIRE(grid.step(features, labels, 0.5).item<double>() == Approx(-2 * std::log(share)));
  const double momentum = 0.9 * -0.25 + (share - 1) / 2;
  REQUIRE(grid.weight[0][0][0].item<double>() == Approx(0.25 - 0.5 * momentum));
  REQUIRE(grid.weight[0][1][0].item<double>() == Approx(-0.25 + 0.5 * momentum));
}

TEST_CASE("a probe moves in a grid as it does alone", "[linear]") {
  at::manual_seed(3);
  const at::Tensor features = at::randn({7, 5}, at::kDouble);
  const at::Tensor labels = at::randint(0, 4, {7}, at::kLong);
  ProbeGrid together = make_probes({4, 5}, {0.1, 0.5, 2.0}, 8, at::kDouble);
  for (int step = 0; step < 3; ++step) together.step(features, labels, 1.0 / (1 + step));
  for (int64_t p = 0; p < 3; ++p) {
    ProbeGrid alone = make_probes({4, 5}, {together.rates[static_cast<size_t>(p)]}, 8, at::kDouble);
    for (int step = 0; step < 3; ++step) alone.step(features, labels, 1.0 / (1 + step));
    REQUIRE(at::allclose(alone.weight[0], together.weight[p], 1e-12, 1e-14));
    REQUIRE(at::allclose(alone.bias[0], together.bias[p], 1e-12, 1e-14));
  }
}

TEST_CASE("initial weights are those of the reference for the same seed", "[linear]") {
  at::manual_seed(11);  // nn.Linear draws weight and bias, then the weight is drawn again
  at::empty({3, 6}).uniform_(-1, 1);
  at::empty({3}).uniform_(-1, 1);
  const at::Tensor expected = at::empty({3, 6}).normal_(0, 0.01);
  const ProbeGrid grid = make_probes({3, 6}, {0.1, 0.2}, 11, at::kFloat);
  REQUIRE(grid.weight[0].equal(expected));
  REQUIRE(grid.weight[1].equal(expected));
  REQUIRE(grid.bias.equal(at::zeros({2, 3})));
}

TEST_CASE("annealing is a half cosine by epoch", "[linear]") {
  REQUIRE(annealing(0, 4) == 1);
  REQUIRE(annealing(1, 4) == Approx((1 + std::sqrt(0.5)) / 2));
  REQUIRE(annealing(2, 4) == Approx(0.5));
  REQUIRE(annealing(4, 4) == Approx(0).margin(1e-16));
}

/// Token t of block b of an image of value v is 100 b + 10 t + v in both dimensions, the second
/// negative.
class CountingTokens final : public Backbone {
 public:
  at::Tensor forward(const at::Tensor& images, const RowAddresses*) override {
    return last_blocks(images, 1)[0].select(1, 0);
  }
  int64_t embed_dim() const override { return 2; }
  bool has_tokens() const override { return true; }
  std::vector<at::Tensor> last_blocks(const at::Tensor& images, int64_t n) override {
    std::vector<at::Tensor> blocks;
    const at::Tensor values = images.flatten(1).select(1, 0).view({-1, 1, 1});
    const at::Tensor tokens = 10 * at::arange(3, at::kFloat).view({1, 3, 1});
    for (int64_t b = 4 - n; b < 4; ++b)
      blocks.push_back((values + tokens + 100 * b) * at::tensor({1.f, -1.f}));
    return blocks;
  }
};

TEST_CASE("cls tokens are joined oldest block first, the mean patch token interleaved",
          "[linear]") {
  const FrozenModel model{std::make_shared<CountingTokens>(), "counting"};
  const at::Tensor images = at::ones({1, 3, 2, 2});
  const auto feature = [&](const ProbeInput& input) {
    return probe_network(model, input).backbone->forward(images);
  };
  REQUIRE(feature({3, false})
              .equal(at::tensor({101.f, -101.f, 201.f, -201.f, 301.f, -301.f}).view({1, 6})));
  // c = (301, -301), a = mean of tokens 1 and 2 = (316, -316).
  REQUIRE(feature({1, true}).equal(at::tensor({301.f, 316.f, -301.f, -316.f}).view({1, 4})));
  REQUIRE_THROWS_WITH(feature({4, true}), Catch::Contains("--n_last_blocks 1, got 4"));
  const FrozenModel pixels{Backbones::find("pixels").make({.image_size = 2}), "pixels"};
  REQUIRE(probe_network(pixels, {4, false}).backbone == pixels.backbone);
}

TEST_CASE("classes are ranked by score, equal ones by lower index", "[linear]") {
  RankedClasses ranked;
  const at::Tensor scores = at::tensor({1.f, 3.f, 3.f, 0.f, 2.f, 1.f, 5.f,  //
                                        0.f, 0.f, 0.f, 0.f, 0.f, 0.f, 0.f})
                                .view({2, 7});
  const std::vector<int64_t> labels{0, 5};
  ranked.add(scores, labels);
  REQUIRE(ranked.best == std::vector<int64_t>{6, 1, 2, 4, 0, 0, 1, 2, 3, 4});
  REQUIRE(ranked.first() == std::vector<int64_t>{6, 0});
  REQUIRE(ranked.top1 == 0);
  REQUIRE(ranked.top5 == 1);
  RankedClasses few;
  few.add(at::tensor({1.f, 2.f}).view({1, 2}), std::vector<int64_t>{1});
  REQUIRE(few.best == std::vector<int64_t>{1, 0});
  REQUIRE(few.top1 == 1);
  const float nothing = std::numeric_limits<float>::quiet_NaN();
  REQUIRE_THROWS_WITH(few.add(at::tensor({1.f, nothing}).view({1, 2}), std::vector<int64_t>{1}),
                      Catch::Contains("class 1 is not a number"));
}

TEST_CASE("a part of every class is held out, the same for a seed", "[linear]") {
  Dataset data;
  for (const int64_t label : {0, 1, 2, 3})
    for (int64_t i = 0; i < std::vector<int64_t>{20, 10, 2, 1}[static_cast<size_t>(label)]; ++i)
      data.samples.push_back({fmt::format("{}/{}", label, i), label});
  const HeldOut parts = hold_out(data, 0.25, 5), again = hold_out(data, 0.25, 5);
  std::map<int64_t, int> counts;
  std::set<std::string> seen;
  for (const Sample& sample : parts.held_out.samples) {
    ++counts[sample.label];
    seen.insert(sample.id);
  }
  REQUIRE(counts ==
          std::map<int64_t, int>{{0, 5}, {1, 3}, {2, 1}});  // 2.5 rounds up; one image stays
  REQUIRE(parts.train.size() + parts.held_out.size() == data.size());
  for (const Sample& sample : parts.train.samples) REQUIRE(seen.count(sample.id) == 0);
  const auto ids = [](const Dataset& part) {
    std::vector<std::string> out;
    for (const Sample& sample : part.samples) out.push_back(sample.id);
    return out;
  };
  REQUIRE(ids(again.held_out) == ids(parts.held_out));
  REQUIRE(ids(hold_out(data, 0.25, 6).held_out) != ids(parts.held_out));
}

TEST_CASE("a sweep is led by the first of the best on held-out images", "[linear]") {
  ProbeJournal journal;
  REQUIRE(journal.leader(1) == 0);
  journal.holdout = {9, 0, 0, 2, 7, 7};  // two validations of three probes: the last one counts
  REQUIRE(journal.leader(3) == 1);
}

TEST_CASE("log.txt has the reference's names, null for what is not finite", "[linear]") {
  ProbeGrid grid = blank({0.4}, 2, 2);
  ProbeJournal journal;
  journal.train_loss = {1.5, std::numeric_limits<double>::infinity()};
  journal.validated = {1};
  journal.val_loss = {0.25}, journal.top1 = {3}, journal.top5 = {4};
  REQUIRE(probe_log(grid, journal, {2, 4, 0, {}}) ==
          "{\"train_loss\": 1.5, \"train_lr\": 0.4, \"epoch\": 0}\n"
          "{\"train_loss\": null, \"train_lr\": 0.2, \"epoch\": 1, \"test_loss\": 0.25, "
          "\"test_acc1\": 75, \"test_acc5\": 100}\n");
}

}  // namespace linear_probe_test
}  // namespace dinobench
