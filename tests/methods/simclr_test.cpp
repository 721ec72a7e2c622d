// NT-Xent by hand and by its definition; views and options of SimCLR.
#include "tests/test.hpp"
// Torch before everything.
#include <cmath>

#include "core/error.hpp"
#include "tests/contract/small_method.hpp"

namespace dinobench {
namespace simclr {
at::Tensor nt_xent(const at::Tensor& projections, double temperature, Communicator& comm);
}  // namespace simclr

namespace simclr_test {
namespace {

double loss_of(const at::Tensor& projections, double temperature) {
  const auto self = make_self_communicator();
  return simclr::nt_xent(projections, temperature, *self).item<double>();
}

// The definition (eq. 1 and algorithm 1), pair by pair, in float64.
double plain_nt_xent(const at::Tensor& z, double temperature) {
  const int64_t rows = z.size(0), images = rows / 2;
  const auto similarity = [&](int64_t i, int64_t j) {
    double product = 0, left = 0, right = 0;
    for (int64_t k = 0; k < z.size(1); ++k) {
      const double a = z[i][k].item<double>(), b = z[j][k].item<double>();
      product += a * b, left += a * a, right += b * b;
    }
    return product / std::sqrt(left * right);
  };
  double total = 0;
  for (int64_t i = 0; i < rows; ++i) {
    double others = 0;
    for (int64_t k = 0; k < rows; ++k)
      if (k != i) others += std::exp(similarity(i, k) / temperature);
    total -= std::log(std::exp(similarity(i, (i + images) % rows) / temperature) / others);
  }
  return total / static_cast<double>(rows);
}

TEST_CASE("NT-Xent of two images, by hand") {
  // Both views of the first image point along x, both of the second along y, at any length: each
  // row has its partner at cosine 1 and two negatives at 0.
  const at::Tensor right =
      at::tensor({2.0, 0.0, 0.0, 1.0, 0.5, 0.0, 0.0, 3.0}, at::kDouble).view({4, 2});
  REQUIRE(loss_of(right, 1) == Approx(std::log(1 + 2 * std::exp(-1))).epsilon(1e-12));
  REQUIRE(loss_of(right, 0.5) == Approx(std::log(1 + 2 * std::exp(-2))).epsilon(1e-12));
  // Views exchanged: the partner at 0, as one negative; the other negative at 1.
  const at::Tensor wrong =
      at::tensor({1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0}, at::kDouble).view({4, 2});
  REQUIRE(loss_of(wrong, 1) == Approx(std::log(2 + std::exp(1))).epsilon(1e-12));
  // Nothing tells the rows apart: one of three, the row itself does not count.
  REQUIRE(loss_of(at::ones({4, 2}, at::kDouble), 0.1) == Approx(std::log(3)).epsilon(1e-12));
}

TEST_CASE("NT-Xent equals its definition pair by pair") {
  const double temperature = GENERATE(0.1, 0.5, 1.0);
  const int64_t images = GENERATE(2, 5);
  const at::Tensor z = at::arange(2 * images * 7, at::kDouble).mul(12.9898).sin().view({-1, 7});
  REQUIRE(loss_of(z, temperature) == Approx(plain_nt_xent(z, temperature)).margin(1e-12));
  REQUIRE(loss_of(z.to(at::kFloat), temperature) ==
          Approx(plain_nt_xent(z, temperature)).margin(1e-5));
}

TEST_CASE("one image has nothing to be told from") {
  REQUIRE_THROWS_WITH(loss_of(at::ones({2, 3}), 0.1), Catch::Contains("just one"));
}

TEST_CASE("simclr trains on two views of the same size, whatever crops DINO would take") {
  const auto self = make_self_communicator();
  const auto views = small::make("simclr", "vit_nano", *self)->views();
  REQUIRE(views.size() == 2);
  for (const View& view : views) REQUIRE((view.height == 32 && view.width == 32));
}

TEST_CASE("simclr refuses what would be another method, and values out of range") {
  const auto self = make_self_communicator();
  const auto refuses = [&](const char* name, const char* value, const char* text) {
    REQUIRE_THROWS_WITH(
        small::make("simclr", "vit_nano", *self, at::kDouble, {std::string("--") + name, value}),
        Catch::Contains(text));
  };
  refuses("accumulate_steps", "2", "all negatives at once");
  refuses("temperature", "0", "are positive");
  refuses("color_jitter_strength", "2.6", "0 to 2.5");
  REQUIRE_THROWS_WITH(small::make("simclr", "pixels", *self),
                      Catch::Contains("cannot train 'pixels'"));
}

}  // namespace
}  // namespace simclr_test
}  // namespace dinobench
