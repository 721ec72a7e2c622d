// Contract over ranks: shares of a batch move as the whole batch on one rank, and all ranks hold
// the same bits. Batch normalisation takes all ranks' rows.
#include "tests/test.hpp"
// Torch before everything.
#include <array>
#include <iostream>

#include "core/error.hpp"
#include "tests/comm/job.hpp"
#include "tests/contract/small_method.hpp"
#include "train/agreement.hpp"

namespace dinobench {
namespace methods_ranks_test {
namespace {

NamedTensors weights(Method& method) {
  NamedTensors out = method.parameters();
  for (const auto& item : method.teacher_parameters()) out.push_back(item);
  if (method.center().defined()) out.emplace_back("center", method.center());
  return out;
}

// How many tensors of rank 0's lone run differ from the job's; the same on every rank.
int64_t different(Method* whole, const NamedTensors& right) {
  int64_t count = 0;
  const NamedTensors left = whole != nullptr ? weights(*whole) : NamedTensors();
  for (size_t i = 0; i < left.size(); ++i) {
    if (at::allclose(left[i].second, right[i].second, 1e-9, 1e-9)) continue;
    std::cerr << "differs: " << left[i].first << '\n';
    ++count;
  }
  job().all_reduce_sum(std::span(&count, 1));
  return count;
}

// Rank 0 takes the whole batch alone too; that all ranks hold its weights is asked last.
void require_ranks_move_as_one(const std::string& name, const std::string& backbone,
                               const std::string& rule, const std::vector<std::string>& words) {
  constexpr int64_t rows = 12;
  const int64_t share = rows / job().size();
  REQUIRE(share * job().size() == rows);
  INFO(name << " on " << backbone << " by " << rule << small::shown(words));
  const auto self = make_self_communicator();
  std::unique_ptr<small::Stepper> whole;
  if (job().rank() == 0)
    whole = std::make_unique<small::Stepper>(small::make(name, backbone, *self, at::kDouble, words),
                                             *self, rule);
  small::Stepper shared(small::make(name, backbone, job(), at::kDouble, words), job(), rule);
  if (shared.method->trainable().empty()) return;
  for (int64_t step = 0; step < 4; ++step) {
    const StepBatch batch = small::batch(*shared.method, rows, at::kDouble, step);
    const double alone = whole ? whole->step(batch, 1e-3) : 0;
    const double mine = shared.step(small::rows_of(batch, job().rank() * share, share), 1e-3);
    std::array<double, 2> sums{mine, alone};
    job().all_reduce_sum(std::span<double>(sums));
    REQUIRE(sums[0] / job().size() == Approx(sums[1]).epsilon(1e-9));
  }
  const NamedTensors right = weights(*shared.method);
  REQUIRE(different(whole ? whole->method.get() : nullptr, right) == 0);
  require_equal_on_ranks(right, job(), "after four steps");
}

// On one rank both sides of the contract are the same run.
bool alone() {
  if (job().size() == 1) SUCCEED("needs two ranks");
  return job().size() == 1;
}

TEST_CASE("contract: ranks with shares of a batch move as one rank with the whole of it") {
  if (alone()) return;
  // A rule sees tensors, not networks; convolutions in float64 are slow.
  const auto [backbone, rule] = GENERATE(table<std::string, std::string>(
      {{"vit_nano", "adamw"}, {"vit_nano", "sgd"}, {"vit_nano", "lars"}, {"resnet18", "lars"}}));
  for (const std::string& name : Methods::names())
    require_ranks_move_as_one(name, backbone, rule, {});
}

TEST_CASE("contract: so do ranks under every variant of a method") {
  if (alone()) return;
  for (const std::string& name : Methods::names())
    for (const auto& words : Methods::find(name).variants)
      require_ranks_move_as_one(name, "vit_nano", "adamw", words);
}

TEST_CASE("weights that differ on a rank are noticed by every rank, which is named") {
  if (alone()) return;
  const int last = job().size() - 1;
  for (const int odd : {0, last}) {
    const at::Tensor weight = at::ones({3}).add(job().rank() == odd ? 1e-6 : 0.0);
    // Of two ranks nobody knows which is right: the second is named.
    const int named = job().size() == 2 ? 1 : odd;
    REQUIRE_THROWS_WITH(
        require_equal_on_ranks({{"w", weight}}, job(), "here"),
        Catch::Contains(fmt::format("the weights of rank {} differ from those of", named)));
  }
}

}  // namespace
}  // namespace methods_ranks_test
}  // namespace dinobench
