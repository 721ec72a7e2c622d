// Logistic regression: minima worked by hand, the gradient, and the evaluation as a whole.
#include "tests/test.hpp"
// Torch before everything.
#include <cmath>

#include "core/error.hpp"
#include "eval/logistic_problem.hpp"
#include "eval/rescore.hpp"
#include "tests/backbones/portable_fill.hpp"
#include "tests/eval/logistic_bench.hpp"

namespace dinobench {
namespace logistic_test {

const LbfgsConfig kExact{.tolerance = 1e-10};

at::Tensor numbers(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

TEST_CASE("the minimum of a quadratic is found, wherever its axes lie", "[logistic]") {
  // (x - 1)^2 + 100 (x + y - 3)^2 + 10000 (z + 4)^2, at (1, 2, -4); memory 1 and 10.
  const auto function = [](const at::Tensor& at) {
    const double x = at[0].item<double>(), y = at[1].item<double>(), z = at[2].item<double>();
    return ValueAndGradient{
        (x - 1) * (x - 1) + 100 * (x + y - 3) * (x + y - 3) + 10000 * (z + 4) * (z + 4),
        numbers({2 * (x - 1) + 200 * (x + y - 3), 200 * (x + y - 3), 20000 * (z + 4)})};
  };
  for (const int64_t memory : {1, 10}) {
    const Minimum found =
        minimise(function, numbers({7, -5, 3}), {.memory = memory, .tolerance = 1e-12});
    REQUIRE(found.converged);
    REQUIRE(at::allclose(found.point, numbers({1, 2, -4}), 1e-7, 1e-7));
    REQUIRE(std::abs(found.value) < 1e-12);
  }
  const Minimum cut = minimise(function, numbers({7, -5, 3}), {.max_iterations = 2});
  REQUIRE_FALSE(cut.converged);
  REQUIRE(cut.iterations == 2);
  const Minimum there = minimise(function, numbers({1, 2, -4}), {});
  REQUIRE(there.converged);
  REQUIRE(there.iterations == 0);
}

TEST_CASE("two mirrored points have the weights of the hand", "[logistic]") {
  // One feature, +1 for class 1 and -1 for class 0: by symmetry W = (-w, w), and
  // f = log(1 + exp(-2 w)) + lambda w^2 / 2 has its minimum where lambda = 2 / (w (1 + exp(2 w))).
  const double w = 1.25, lambda = 2 / (w * (1 + std::exp(2 * w)));
  const LogisticProblem problem(at::tensor({1.0f, -1.0f}).view({2, 1}), {1, 0}, 2);
  const Minimum found = problem.solve(lambda, kExact);
  REQUIRE(found.converged);
  REQUIRE(at::allclose(found.point, numbers({-w, w}), 1e-8, 1e-8));
  REQUIRE(found.value == Approx(std::log1p(std::exp(-2 * w)) + lambda * w * w / 2).epsilon(1e-12));
}

TEST_CASE("three classes on axes of their own have the weights of the hand", "[logistic]") {
  // One row an axis: by symmetry W = w on the diagonal and -w / 2 elsewhere. The margin is 1.5 w,
  // each row of W has the square 1.5 w^2, so that f = log(1 + 2 exp(-1.5 w)) + 0.75 lambda w^2 and
  // lambda = 2 / (w (exp(1.5 w) + 2)). Rows twice over double N: the same minimum at twice lambda.
  const double w = 2, lambda = 2 / (w * (std::exp(1.5 * w) + 2));
  const at::Tensor wanted = numbers({2, -1, -1, -1, 2, -1, -1, -1, 2});
  const at::Tensor axes = at::eye(3, at::kFloat);
  const Minimum once = LogisticProblem(axes, {0, 1, 2}, 3).solve(lambda, kExact);
  REQUIRE(at::allclose(once.point, wanted, 1e-8, 1e-8));
  REQUIRE(once.value == Approx(std::log1p(2 * std::exp(-1.5 * w)) + 0.75 * lambda * w * w));
  const Minimum twice =
      LogisticProblem(at::cat({axes, axes}), {0, 1, 2, 0, 1, 2}, 3).solve(2 * lambda, kExact);
  REQUIRE(at::allclose(twice.point, wanted, 1e-8, 1e-8));
}

TEST_CASE("the gradient is that of differences, and vanishes at the minimum", "[logistic]") {
  const at::Tensor features = portable::values(61, {40, 5}, 1);
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < 40; ++i) labels.push_back((i * i) % 4 % 3);
  const LogisticProblem problem(features, labels, 3);
  const at::Tensor point = portable::values(62, {problem.parameters()}, 0.5);
  const at::Tensor gradient = problem.at(point, 0.02).gradient;
  for (int64_t i = 0; i < problem.parameters(); ++i) {
    at::Tensor more = point.clone(), less = point.clone();
    more[i] += 1e-5;
    less[i] -= 1e-5;
    const double slope = (problem.at(more, 0.02).value - problem.at(less, 0.02).value) / 2e-5;
    REQUIRE(gradient[i].item<double>() == Approx(slope).epsilon(1e-7).margin(1e-9));
  }
  const Minimum found = problem.solve(0.02, kExact);
  REQUIRE(found.converged);
  REQUIRE(problem.at(found.point, 0.02).gradient.abs().max().item<double>() < 1e-9);
  // From elsewhere the same minimum.
  const auto function = [&](const at::Tensor& at) { return problem.at(at, 0.02); };
  const Minimum again = minimise(function, point, kExact);
  REQUIRE(at::allclose(again.point, found.point, 1e-6, 1e-7));
  REQUIRE(again.value == Approx(found.value).epsilon(1e-13));
}

TEST_CASE("labels that do not fit are refused", "[logistic]") {
  REQUIRE_THROWS_WITH(LogisticProblem(at::zeros({2, 3}), {0, 2}, 2), Catch::Contains("0 to 2"));
  REQUIRE_THROWS_WITH(LogisticProblem(at::zeros({2, 3}), {0}, 2), Catch::Contains("1 labels"));
}

TEST_CASE("the evaluation picks lambda on held-out images, and one lambda is itself",
          "[logistic]") {
  const tiny::Folder folder("logistic");
  linear_bench::draw(folder / "", 10);
  const auto comm = make_self_communicator();
  const EvaluationRecord grid =
      logistic_bench::run(*comm, folder / "", {"--lambda", "0.01", "1000", "0.1"});
  REQUIRE(grid.metrics.at("top1").n == 15);
  REQUIRE(grid.metrics.at("top1").value > 60);  // the colours tell the classes apart
  REQUIRE(grid.metrics.at("top5").value == 100);
  REQUIRE(grid.metrics.at("holdout_top1").n == 3);
  REQUIRE(grid.raw.at("sweep_predictions").shape == std::vector<int64_t>{3, 3});
  REQUIRE(std::get<int64_t>(grid.attributes.at("converged")) == 1);
  REQUIRE(std::get<int64_t>(grid.attributes.at("train_images")) == 30);
  const auto rescored = Rescorers::find("logistic").recompute(grid);
  REQUIRE(rescored.size() == grid.metrics.size());
  for (const auto& [name, metric] : grid.metrics)
    REQUIRE(rescored.at(name) == Approx(metric.value).epsilon(1e-12));
  const double lambda = std::get<double>(grid.attributes.at("lambda"));
  const EvaluationRecord one =
      logistic_bench::run(*comm, folder / "", {"--lambda", fmt::format("{}", lambda)});
  REQUIRE(one.metrics.size() == 2);
  REQUIRE(one.raw.at("top5").values == grid.raw.at("top5").values);
  REQUIRE(std::get<double>(one.attributes.at("train_objective")) ==
          std::get<double>(grid.attributes.at("train_objective")));
  REQUIRE_THROWS_WITH(logistic_bench::run(*comm, folder / "", {"--lambda", "0"}),
                      Catch::Contains("--lambda 0"));
}

TEST_CASE("a heavy weight of |W|^2 leaves every class its share", "[logistic]") {
  const tiny::Folder folder("logistic_heavy");
  linear_bench::draw(folder / "", 4);
  const auto comm = make_self_communicator();
  const EvaluationRecord record = logistic_bench::run(*comm, folder / "", {"--lambda", "1e9"});
  REQUIRE(std::get<double>(record.attributes.at("train_objective")) ==
          Approx(std::log(3.0)).epsilon(1e-6));
  const EvaluationRecord plain = logistic_bench::run(*comm, folder / "");
  REQUIRE(std::get<double>(plain.attributes.at("lambda")) == 0.1);
}

}  // namespace logistic_test
}  // namespace dinobench
