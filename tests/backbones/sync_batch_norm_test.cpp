// Batch normalisation over ranks, on one rank and two halves: torch's answer, in every form.
#include "tests/test.hpp"
// Torch and Catch first, then ours.
#include "backbones/channel_norm.hpp"
#include "backbones/sync_batch_norm.hpp"
#include "core/form.hpp"
#include "tests/backbones/portable_fill.hpp"

namespace dinobench {
namespace sync_batch_norm_tests {
namespace {

constexpr double kMomentum = 0.1, kEpsilon = 1e-5;

// One pixel, fewer than a register holds, just as many, and some over; far from zero.
std::vector<std::vector<int64_t>> shapes() {
  return {{6, 5}, {9, 4, 1, 1}, {4, 3, 2, 2}, {3, 5, 4, 4}, {2, 7, 7, 9}, {5, 2, 33, 31}};
}

at::Tensor values(int64_t seed, const std::vector<int64_t>& shape) {
  return portable::values(static_cast<uint64_t>(seed), shape, 2).to(at::kDouble);
}

struct Answer {
  at::Tensor y, mean, variance, dx, dweight, dbias;
};

struct Case {
  explicit Case(const std::vector<int64_t>& shape)
      : x(values(1, shape) + 30),
        dy(values(2, shape)),
        weight(values(3, {shape[1]}) + 1),
        bias(values(4, {shape[1]})) {}

  template <class Norm>
  Answer answer(at::ScalarType dtype, Norm norm) const {
    const auto leaf = [&](const at::Tensor& t) {
      return t.to(dtype).clone().set_requires_grad(true);
    };
    const at::Tensor in = leaf(x), w = leaf(weight), b = leaf(bias);
    const at::Tensor mean = at::zeros({w.numel()}, dtype), variance = at::ones({w.numel()}, dtype);
    const at::Tensor y = norm(in, w, b, mean, variance);
    y.backward(dy.to(dtype));
    return {y.detach(), mean, variance, in.grad(), w.grad(), b.grad()};
  }

  at::Tensor x, dy, weight, bias;
};

Answer by_torch(const Case& one) {
  return one.answer(at::kDouble, [](const auto& x, const auto& w, const auto& b, const auto& mean,
                                    const auto& variance) {
    return at::batch_norm(x, w, b, mean, variance, true, kMomentum, kEpsilon, false);
  });
}

Answer by_ranks(const Case& one, at::ScalarType dtype, const RankSums& ranks) {
  return one.answer(dtype, [&](const auto& x, const auto& w, const auto& b, const auto& mean,
                               const auto& variance) {
    return sync_batch_norm(x, w, b, mean, variance, kMomentum, kEpsilon, ranks);
  });
}

void require_near(const Answer& left, const Answer& right, double tolerance) {
  const auto near = [&](const at::Tensor& a, const at::Tensor& b) {
    return at::allclose(a.to(at::kDouble), b.to(at::kDouble), tolerance, tolerance * 10);
  };
  REQUIRE(near(left.y, right.y));
  REQUIRE(near(left.mean, right.mean));
  REQUIRE(near(left.variance, right.variance));
  REQUIRE(near(left.dx, right.dx));
  REQUIRE(near(left.dweight, right.dweight));
  REQUIRE(near(left.dbias, right.dbias));
}

const RankSums kAlone{0, 1, [](const at::Tensor&) {}};

}  // namespace

TEST_CASE("batch normalisation of one rank's rows is torch's, in float64 and in every form") {
  for (const auto& shape : shapes()) {
    INFO("shape " << at::IntArrayRef(shape));
    const Case one(shape);
    const Answer wanted = by_torch(one);
    require_near(by_ranks(one, at::kDouble, kAlone), wanted, 1e-11);
    for (const Form form : available_forms()) {
      const FormScope scope(form);
      require_near(by_ranks(one, at::kFloat, kAlone), wanted, 2e-5);
    }
    const FormScope scope(Form::portable, /*reference_math=*/true);
    require_near(by_ranks(one, at::kFloat, kAlone), wanted, 2e-5);
  }
}

// As if a rank with the same rows stood beside this one: whatever it adds is this one's again.
TEST_CASE("the same rows on two ranks are normalised as on one, and count once in dx") {
  const RankSums twins{0, 2, [](const at::Tensor& values) {
                         if (values.dim() == 2 && values.size(1) % 2 == 1 && values.size(0) == 2 &&
                             at::equal(values[1], at::zeros_like(values[1]))) {
                           values[1].copy_(values[0]);  // the table of statistics
                         } else {
                           values.mul_(2);  // the sums of gradients
                         }
                       }};
  const Case one({4, 3, 5, 5});
  Answer wanted = by_torch(one), got = by_ranks(one, at::kFloat, twins);
  const double count = 4 * 25;  // the unbiased variance alone depends on how many rows there are
  const at::Tensor biased = (wanted.variance - 0.9) * ((count - 1) / count);
  wanted.variance = 0.9 + biased * (2 * count / (2 * count - 1));
  require_near(got, wanted, 2e-5);
}

TEST_CASE("the forms of the channel kernels give the same bits") {
  for (const auto& shape : shapes()) {
    if (shape.size() == 2) continue;
    const Case one(shape);
    const at::Tensor x = one.x.to(at::kFloat), dy = one.dy.to(at::kFloat);
    std::vector<at::Tensor> first;
    for (const Form form : available_forms()) {
      const FormScope scope(form);
      const auto [mean, variance] = channel_moments(x);
      const std::vector<at::Tensor> now{
          mean, variance, channel_normalise(x, mean, one.weight, one.bias),
          channel_gradient_sums(x, dy, mean),
          channel_gradient(x, dy, mean, {one.bias, one.weight, variance})};
      if (first.empty()) first = now;
      for (size_t i = 0; i < now.size(); ++i) REQUIRE(at::equal(now[i], first[i]));
    }
  }
}

TEST_CASE("a channel's variance keeps its digits far from zero") {
  const at::Tensor x = values(5, {8, 2, 12, 12}) + 1e4;
  const at::Tensor rounded = x.to(at::kFloat);
  const auto [variance, mean] = at::var_mean(rounded.to(at::kDouble), {0, 2, 3}, 0);
  for (const Form form : available_forms()) {
    const FormScope scope(form);
    const ChannelMoments moments = channel_moments(rounded);
    REQUIRE(at::allclose(moments.mean, mean, 1e-9, 0));
    REQUIRE(at::allclose(moments.variance, variance, 1e-4, 0));
  }
}

}  // namespace sync_batch_norm_tests
}  // namespace dinobench
