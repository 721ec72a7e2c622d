// DINO's switches for ablations, each against values worked by hand.
#include "tests/test.hpp"
// Torch and Catch first, then ours.
#include "core/error.hpp"
#include "methods/dino_head.hpp"
#include "methods/dino_mse.hpp"
#include "methods/method.hpp"
#include "methods/sinkhorn.hpp"
#include "methods/teacher_update.hpp"
#include "tests/backbones/portable_fill.hpp"

namespace dinobench {
namespace dino_ablations_tests {

void require_close(const at::Tensor& seen, const at::Tensor& wanted) {
  INFO(seen << "\n" << wanted);
  REQUIRE(at::allclose(seen, wanted, 1e-12, 1e-12));
}

at::Tensor table(std::vector<double> values, int64_t columns) {
  return at::tensor(values, at::kDouble).view({-1, columns});
}

// The definition on plain numbers, without logarithms (appendix of the paper).
at::Tensor plain_sinkhorn(const at::Tensor& logits, double temperature, int64_t iterations) {
  at::Tensor x = (logits / temperature).exp();
  for (int64_t i = 0; i < iterations; ++i) {
    x = x / x.sum(0, /*keepdim=*/true);
    x = x / x.sum(1, /*keepdim=*/true);
  }
  return x;
}

TEST_CASE("Sinkhorn-Knopp of a 2 x 2 matrix is that of the hand") {
  const auto comm = make_self_communicator();
  // exp(logits / 0.5) = [[1, 3], [2, 2]].
  const at::Tensor logits = table({1, 3, 2, 2}, 2).log() * 0.5;
  // Columns sum to 3 and 5: [[1/3, 3/5], [2/3, 2/5]]; rows to 14/15 and 16/15.
  const TeacherTargets once = sinkhorn_targets(logits, 0.5, 1, *comm);
  require_close(once.rows.view({2, 2}), table({5.0 / 14, 9.0 / 14, 10.0 / 16, 6.0 / 16}, 2));
  // Columns of that sum to 55/56 and 57/56, and so on: [[20/55, 36/57], [35/55, 21/57]], rows to
  // 3120/3135 and 3150/3135.
  const TeacherTargets twice = sinkhorn_targets(logits, 0.5, 2, *comm);
  require_close(twice.rows.view({2, 2}),
                table({1140.0 / 3120, 1980.0 / 3120, 1995.0 / 3150, 1155.0 / 3150}, 2));
  const double first = 1140.0 / 3120, second = 1995.0 / 3150;
  const auto entropy = [](double p) { return -p * std::log(p) - (1 - p) * std::log(1 - p); };
  REQUIRE(twice.entropy.item<double>() == Approx((entropy(first) + entropy(second)) / 2));
}

TEST_CASE("many iterations use every output alike, and one is the softmax over the batch") {
  const auto comm = make_self_communicator();
  const at::Tensor logits = portable::values(71, {12, 4}, 1);
  const at::Tensor even = sinkhorn_targets(logits, 0.3, 200, *comm).rows.view({12, 4});
  require_close(even.sum(1), at::ones({12}, at::kDouble));
  REQUIRE(at::allclose(even.sum(0), at::full({4}, 3.0, at::kDouble), 1e-9, 1e-9));
  for (const int64_t iterations : {1, 3})
    require_close(sinkhorn_targets(logits, 0.3, iterations, *comm).rows.view({12, 4}),
                  plain_sinkhorn(logits, 0.3, iterations));
  const at::Tensor columns = at::softmax(logits / 0.3, 0);
  require_close(sinkhorn_targets(logits, 0.3, 1, *comm).rows.view({12, 4}),
                columns / columns.sum(1, /*keepdim=*/true));
}

TEST_CASE("Sinkhorn-Knopp stays finite where exponentials overflow and vanish") {
  const auto comm = make_self_communicator();
  const at::Tensor logits = table({900, -900, -900, 900, -900, -900, 0, 0}, 2).to(at::kFloat);
  const TeacherTargets targets = sinkhorn_targets(logits, 0.04, 3, *comm);
  REQUIRE(targets.rows.isfinite().all().item<bool>());
  REQUIRE(targets.entropy.isfinite().item<bool>());
  REQUIRE(at::allclose(targets.rows.sum(-1), at::ones({2, 2})));
}

TEST_CASE("the squared error of unit outputs is that of the hand") {
  // Two views of one sample. Teacher rows less the centre: (3, 4) and (0, 2).
  const TeacherTargets targets = unit_targets(table({4, 6, 1, 4}, 2), table({1, 2}, 2), 0.04);
  require_close(targets.rows.view({2, 2}), table({0.6, 0.8, 0, 1}, 2));
  // Student views (1, 0), (0, 5) and a local (4, 3): cosines with the other global views
  // 0 (first, with the second target), 0.8; the local one 0.6 * 0.8 + 0.8 * 0.6 = 0.96 and 0.6.
  const at::Tensor two = dino_mean_squared_error(table({1, 0, 0, 5}, 2), targets.rows);
  REQUIRE(two.item<double>() == Approx((2.0 + 0.4) / 2).epsilon(1e-14));
  const at::Tensor three = dino_mean_squared_error(table({1, 0, 0, 5, 4, 3}, 2), targets.rows);
  REQUIRE(three.item<double>() == Approx((2.0 + 0.4 + 0.08 + 0.8) / 4).epsilon(1e-14));
  REQUIRE_THROWS_AS(dino_mean_squared_error(at::ones({1, 2}), targets.rows), Error);
}

TEST_CASE("the squared error equals the distance, pair by pair") {
  const at::Tensor student = portable::values(81, {4 * 3, 7}, 1);
  const at::Tensor targets =
      unit_targets(portable::values(82, {6, 7}, 1), portable::values(83, {1, 7}, 0.1), 0.1).rows;
  const at::Tensor unit = (student / student.norm(2, 1, true)).view({4, 3, 7});
  double total = 0;
  for (int64_t i = 0; i < 2; ++i)
    for (int64_t v = 0; v < 4; ++v)
      if (v != i) total += (unit[v] - targets[i]).square().sum(-1).mean().item<double>();
  REQUIRE(dino_mean_squared_error(student, targets).item<double>() ==
          Approx(total / 6).epsilon(1e-12));
}

/// The teacher's value after each of four steps, two an epoch, of a student that is 1 at the start
/// and doubles in every step; the teacher starts as the student.
std::vector<double> followed(TeacherUpdate rule) {
  const at::Tensor student = at::ones({1}, at::kDouble), teacher = student.clone();
  TeacherFollower follower(rule, {{"w", teacher}}, {{"more", at::zeros({2})}, {"w", student}});
  std::vector<double> out;
  for (int64_t step = 0; step < 4; ++step) {
    follower.before_step();
    follower.before_step();  // a second part of the step's batch
    student.mul_(2);
    follower.after_step({.step = step, .steps_per_epoch = 2, .epochs = 2}, 0.75);
    out.push_back(teacher.item<double>());
  }
  return out;
}

TEST_CASE("each rule gives the teacher of the hand") {
  using Values = std::vector<double>;
  REQUIRE(followed(TeacherUpdate::momentum) == Values{1.25, 1.9375, 3.453125, 6.58984375});
  REQUIRE(followed(TeacherUpdate::student_copy) == Values{2, 4, 8, 16});
  REQUIRE(followed(TeacherUpdate::previous_iteration) == Values{1, 2, 4, 8});
  REQUIRE(followed(TeacherUpdate::previous_epoch) == Values{1, 4, 4, 16});
}

TEST_CASE("a predictor is one more perceptron, and leaves the other weights as they were") {
  const DinoHeadShape plain{.in = 6, .out = 5, .hidden = 8, .bottleneck = 4};
  DinoHeadShape more = plain;
  more.predictor_hidden = 9;
  at::manual_seed(3);
  const DinoHead without(plain);
  at::manual_seed(3);
  DinoHead with(more);
  const NamedTensors left = state_of(without), right = state_of(with);
  REQUIRE(right.size() == left.size() + 4);
  for (size_t i = 0; i < left.size(); ++i) {
    REQUIRE(right[i].first == left[i].first);
    REQUIRE(at::equal(right[i].second, left[i].second));
  }
  REQUIRE(right[left.size()].first == "predictor.0.weight");
  REQUIRE(right[left.size()].second.sizes() == at::IntArrayRef{9, 4});
  REQUIRE(right[left.size() + 2].first == "predictor.2.weight");
  more.batch_norm = true;
  const NamedTensors normed = state_of(DinoHead(more));
  REQUIRE(normed.back().first == "predictor.3.bias");
}

TEST_CASE("a predictor's output is that of the hand") {
  Predictor predictor(2, 3, /*batch_norm=*/false);
  NamedTensors weights = state_of(predictor);
  const at::NoGradGuard no_grad;
  weights[0].second.copy_(table({1, 0, 0, 1, -1, -1}, 2));
  weights[1].second.copy_(at::tensor({0.5, -3.0, 0.0}));
  weights[2].second.copy_(table({1, 2, 4, 10, 20, 40}, 3));
  weights[3].second.copy_(at::tensor({0.25, 0.0}));
  // Hidden (1.5, -1, -3) -> (1.5, 0, 0); and (-1.5, -4, 3) -> (0, 0, 3).
  const at::Tensor out = predictor.forward(at::tensor({1.0f, 2.0f, -2.0f, -1.0f}).view({2, 2}));
  REQUIRE(at::equal(out, at::tensor({1.75f, 15.0f, 12.25f, 120.0f}).view({2, 2})));
}

struct Built {
  std::unique_ptr<Communicator> comm = make_self_communicator();
  std::unique_ptr<Method> method;
};

Built build(const std::vector<std::string>& more) {
  Built built;
  std::vector<std::string> words{
      "--out_dim",           "16", "--head_hidden_dim",  "8",  "--head_bottleneck_dim", "4",
      "--global_crops_size", "32", "--local_crops_size", "16", "--local_crops_number",  "0"};
  words.insert(words.end(), more.begin(), more.end());
  Options options(words);
  built.method = Methods::find("dino").make({.backbone = Backbones::find("vit_nano"),
                                             .backbone_config = {.patch_size = 16},
                                             .comm = *built.comm},
                                            options);
  options.finish();
  return built;
}

/// One step's loss, then what comes after it; returns the series.
std::map<std::string, double> step(Method& method) {
  StepBatch batch;
  batch.samples = {0, 1};
  for (uint32_t view = 0; view < 2; ++view)
    batch.views.push_back(portable::values(91 + view, {2, 3, 32, 32}, 1).to(at::kFloat));
  const Progress at{.step = 0, .steps_per_epoch = 4, .epochs = 5};
  std::map<std::string, double> series;
  method.loss(batch, at, series).backward();
  method.after_step(at);
  return series;
}

TEST_CASE("only centring moves the centre, and only the moving average has a momentum") {
  const Progress at{.step = 0, .steps_per_epoch = 4, .epochs = 5};
  for (const char* name : {"center", "sinkhorn_knopp", "softmax_batch", "none"}) {
    INFO(name);
    const Built built = build({"--centering", name});
    REQUIRE(step(*built.method).count("kl") == 1);
    REQUIRE((built.method->center().abs().max().item<double>() > 0) ==
            (std::string(name) == "center"));
    REQUIRE(built.method->momentum(at) == Approx(0.996));
  }
  const Built copied = build({"--teacher_update", "student_copy"});
  REQUIRE(copied.method->momentum(at) == 0);
  const Built squared = build({"--dino_loss", "mse"});
  REQUIRE(step(*squared.method).count("kl") == 0);  // no divergence between distributions
}

TEST_CASE("the teacher has no predictor") {
  const Built plain = build({}), more = build({"--predictor", "true"});
  REQUIRE(more.method->parameters().size() == plain.method->parameters().size() + 4);
  REQUIRE(more.method->teacher_parameters().size() == plain.method->teacher_parameters().size());
  step(*more.method);
}

TEST_CASE("ablations that make no sense are refused") {
  REQUIRE_THROWS_WITH(build({"--dino_loss", "mse", "--centering", "sinkhorn_knopp"}),
                      Catch::Contains("--centering sinkhorn_knopp gives probabilities"));
  REQUIRE_THROWS_AS(build({"--sinkhorn_iterations", "0"}), Error);
  REQUIRE_THROWS_AS(build({"--predictor_hidden_dim", "0"}), Error);
  REQUIRE_THROWS_WITH(build({"--teacher_update", "previous"}), Catch::Contains("previous_epoch"));
}

}  // namespace dino_ablations_tests
}  // namespace dinobench
