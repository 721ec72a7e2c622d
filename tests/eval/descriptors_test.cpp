// Descriptors and whitening.
#include "eval/descriptors.hpp"

#include "core/error.hpp"
#include "eval/whitening.hpp"
#include "tests/backbones/portable_fill.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace descriptors_test {

TEST_CASE("the generalised mean of the golden vectors A.11", "[copy_detection]") {
  const at::Tensor tokens = portable::values(5600, {1, 6, 3}, 1.0);
  const at::Tensor mean = generalised_mean(tokens);
  const double expected[] = {0.5447897690123926, 0.4198822151526657, 0.6050084863961712};
  for (int64_t c = 0; c < 3; ++c)
    REQUIRE(mean[0][c].item<double>() == Approx(expected[c]).epsilon(1e-12));
  const at::Tensor with_cls = at::cat({at::full({1, 1, 3}, -7.0, at::kDouble), tokens}, 1);
  const at::Tensor both = cls_and_generalised_mean(with_cls);
  REQUIRE(both.sizes().vec() == std::vector<int64_t>{1, 6});
  REQUIRE(both[0][2].item<double>() == -7);
  REQUIRE(both[0][3].item<double>() == mean[0][0].item<double>());
}

TEST_CASE("three scales are summed before they are normalised", "[retrieval]") {
  const RowsOf sizes = [](const at::Tensor& images) {  // height and 1
    return at::tensor({static_cast<float>(images.size(2)), 1.0F}).unsqueeze(0);
  };
  const at::Tensor feature = multi_scale(at::zeros({1, 3, 9, 12}), sizes);
  const double height = (9 + 6 + 4) / 3.0;  // 9, floor(9 / sqrt 2), floor(9 / 2)
  REQUIRE(feature[0][0].item<float>() == Approx(height / std::hypot(height, 1)));
  REQUIRE(feature[0][1].item<float>() == Approx(1 / std::hypot(height, 1)));
  REQUIRE_THROWS_AS(multi_scale(at::zeros({2, 3, 9, 12}), sizes), Error);
}

TEST_CASE("whitening divides by the root of the uncentred moment, of centred rows", "[whitening]") {
  // X = (2, 0, 0), (0, 1, 0): mean (1, 1/2, 0), moment diag(2, 1/2, 0), the last raised to 2e-5.
  const Whitening whitening(at::tensor({2.0F, 0.0F, 0.0F, 0.0F, 1.0F, 0.0F}).view({2, 3}));
  at::Tensor rows = at::tensor({3.0F, 0.5F, 0.0F, 1.0F, 1.5F, 0.0F, 1.0F, 0.5F, 1.0F}).view({3, 3});
  whitening.apply(rows);
  const at::Tensor size = rows.abs();  // eigenvectors have no sign
  REQUIRE(size[0][0].item<float>() == Approx(2 / std::sqrt(2.0)));
  REQUIRE(size[1][1].item<float>() == Approx(1 / std::sqrt(0.5)));
  REQUIRE(size[2][2].item<float>() == Approx(1 / std::sqrt(2e-5)));
  REQUIRE(size.sum().item<float>() ==
          Approx(2 / std::sqrt(2.0) + 1 / std::sqrt(0.5) + 1 / std::sqrt(2e-5)));
}

TEST_CASE("whitened rows about zero have the identity as their moment", "[whitening]") {
  at::Tensor rows = portable::values(3, {5000, 6}, 1.0).to(at::kFloat);  // more than a block
  rows = rows - rows.to(at::kDouble).mean(0).to(at::kFloat);
  const at::Tensor mix = portable::values(4, {6, 6}, 1.0).to(at::kFloat);
  at::Tensor mixed = at::mm(rows, mix).contiguous();
  const Whitening whitening(mixed);
  whitening.apply(mixed);
  const at::Tensor x = mixed.to(at::kDouble);
  const at::Tensor moment = at::mm(x.t(), x) / 5000;
  REQUIRE((moment - at::eye(6, at::kDouble)).abs().max().item<double>() < 1e-5);
  REQUIRE_THROWS_WITH(Whitening(at::zeros({3, 4})), Catch::Contains("all 3 descriptors are zero"));
}

}  // namespace descriptors_test
}  // namespace dinobench
