// The ViT against the reference's golden vectors, and the properties that they do not cover.
#include "tests/test.hpp"
// Torch and Catch first, then ours.
#include "backbones/vit.hpp"
#include "core/error.hpp"
#include "tests/backbones/portable_fill.hpp"

namespace dinobench {
namespace vit_tests {

int64_t parameter_count(const torch::nn::Module& module) {
  int64_t count = 0;
  for (const auto& [name, tensor] : parameters_of(module)) count += tensor.numel();
  return count;
}

std::shared_ptr<Backbone> golden_vit_tiny() {
  auto vit = find_backbone("vit_tiny").make({});
  portable::fill(state_of(*vit), 0);
  vit->eval();
  return vit;
}

struct GoldenInput {
  uint32_t t;
  int64_t height, width;
  std::vector<double> cls;
  double cls_norm, cls_mean;
  std::vector<double> heads, row;  // attention of the cls token: on itself by head; head 0, next 3
  int64_t argmax;
  std::vector<double> level_norms;
  double mean_patch_norm;
};

const std::vector<GoldenInput> golden{{1000,
                                       224,
                                       224,
                                       {0.08234126, 0.03811735, -0.2040842, -0.9697241, -0.242644},
                                       13.897126,
                                       0.0022004863,
                                       {0.00624713, 0.004306623, 0.004501893},
                                       {0.003993455, 0.004510963, 0.005385288},
                                       99,
                                       {13.893923, 13.884412, 13.935925, 13.897126},
                                       3.5206308},
                                      {1001,
                                       96,
                                       96,
                                       {-0.2899331, 0.2148772, -0.05891621, -0.8913259, -0.234439},
                                       13.919863,
                                       0.00018262423,
                                       {0.02858651, 0.02432232, 0.02279448},
                                       {0.02322219, 0.02662424, 0.01845302},
                                       8,
                                       {13.88199, 13.899246, 13.956655, 13.919863},
                                       4.2334749},
                                      {1002,
                                       160,
                                       256,
                                       {-0.316328, 0.2338422, 0.2782967, -0.6820798, -0.4743855},
                                       13.884992,
                                       -0.00043079714,
                                       {0.007330871, 0.00563086, 0.005183393},
                                       {0.005856212, 0.006285396, 0.006466234},
                                       64,
                                       {13.886551, 13.869944, 13.908238, 13.884992},
                                       3.5546712}};

// The vectors are printed with 7 or 8 digits.
void require_golden(Backbone& vit, const GoldenInput& want, at::ScalarType dtype,
                    double tolerance) {
  const at::NoGradGuard no_grad;
  const auto close = [&](const at::Tensor& seen, double wanted) {
    REQUIRE(seen.item<double>() == Approx(wanted).epsilon(tolerance).margin(tolerance));
  };
  const at::Tensor images =
      portable::values(want.t, {1, 3, want.height, want.width}, 2).to(at::kFloat).to(dtype);
  const at::Tensor cls = vit.forward(images);
  for (size_t i = 0; i < want.cls.size(); ++i) close(cls[0][static_cast<int64_t>(i)], want.cls[i]);
  close(cls.norm(), want.cls_norm);
  close(cls.mean(), want.cls_mean);

  const at::Tensor attention = vit.last_attention(images);
  const int64_t tokens = 1 + (want.height / 16) * (want.width / 16);
  REQUIRE(attention.sizes() == at::IntArrayRef({1, 3, tokens, tokens}));
  for (int64_t i = 0; i < 3; ++i) {
    close(attention[0][i][0][0], want.heads[static_cast<size_t>(i)]);
    close(attention[0][0][0][i + 1], want.row[static_cast<size_t>(i)]);
  }
  REQUIRE(attention[0][0][0].slice(0, 1).argmax().item<int64_t>() == want.argmax);

  const auto levels = vit.last_blocks(images, 4);
  REQUIRE(levels.size() == 4);
  for (size_t i = 0; i < 4; ++i) close(levels[i].select(1, 0).norm(), want.level_norms[i]);
  close(levels[3].slice(1, 1).mean(1).norm(), want.mean_patch_norm);
}

TEST_CASE("the portable fill gives the published numbers") {
  REQUIRE(portable::uniform(0, 0) == 0.43812630814500153);
  REQUIRE(portable::uniform(0, 1) == 0.024004831910133362);
  REQUIRE(portable::uniform(0, 2) == 0.01918312394991517);
  REQUIRE(portable::uniform(7, 0) == 0.04886957933194935);
  REQUIRE(portable::uniform(7, 1) == 0.03145719482563436);
}

TEST_CASE("vit_tiny equals the reference's features, attention and levels in float64") {
  const auto vit = golden_vit_tiny();
  move_module(*vit, at::kCPU, at::kDouble);
  for (const auto& want : golden) require_golden(*vit, want, at::kDouble, 2e-7);
}

TEST_CASE("vit_tiny equals the reference in float32 to 1e-5") {
  const auto vit = golden_vit_tiny();
  for (const auto& want : golden) require_golden(*vit, want, at::kFloat, 1e-5);
}

TEST_CASE("ViT parameter counts are those of the reference") {
  const auto count = [](const char* arch, int64_t patch) {
    BackboneConfig config;
    config.patch_size = patch;
    return parameter_count(*find_backbone(arch).make(config));
  };
  REQUIRE(count("vit_tiny", 16) == 5524416);
  REQUIRE(count("vit_tiny", 8) == 5526720);
  REQUIRE(count("deit_small", 16) == 21665664);
  REQUIRE(count("vit_small", 8) == 21670272);
  REQUIRE(count("vit_base", 16) == 85798656);
  REQUIRE(count("vit_base", 8) == 85807872);
}

TEST_CASE("ViT tensors carry the official names in the official order") {
  std::vector<std::string> wanted{"cls_token", "pos_embed", "patch_embed.proj.weight",
                                  "patch_embed.proj.bias"};
  for (int block = 0; block < 12; ++block)
    for (const char* layer : {"norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"})
      for (const char* kind : {"weight", "bias"})
        wanted.push_back(fmt::format("blocks.{}.{}.{}", block, layer, kind));
  wanted.insert(wanted.end(), {"norm.weight", "norm.bias"});
  std::vector<std::string> seen;
  const auto vit = find_backbone("vit_tiny").make({});
  for (const auto& [name, tensor] : state_of(*vit)) seen.push_back(name);
  REQUIRE(seen == wanted);
  REQUIRE(seen.size() == 150);
}

// dino.md 1.4 in words: where each output samples the stored grid, with which weights.
std::vector<std::pair<int64_t, double>> bicubic_taps(int64_t output, int64_t patches,
                                                     int64_t grid) {
  const double a = -0.75;
  const auto kernel = [a](double x) {
    x = std::abs(x);
    if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
  };
  const double step = static_cast<double>(grid) / (static_cast<double>(patches) + 0.1);
  const double source = (static_cast<double>(output) + 0.5) * step - 0.5;
  const auto first = static_cast<int64_t>(std::floor(source)) - 1;
  std::vector<std::pair<int64_t, double>> taps;
  for (int64_t tap = first; tap < first + 4; ++tap)
    taps.emplace_back(std::clamp<int64_t>(tap, 0, grid - 1),
                      kernel(source - static_cast<double>(tap)));
  return taps;
}

double field(int64_t r, int64_t c) {
  const auto y = static_cast<double>(r), x = static_cast<double>(c);
  return std::sin(0.3 * y) + std::cos(0.2 * x) + 0.05 * y * x;
}

struct TableCase {
  int64_t patch, height, width;
  std::vector<double> first, last;  // three of the first row, three of the last
};
const std::vector<TableCase> table_cases{
    {16, 96, 96, {1.17512405, 1.08175015, 0.80503047}, {4.1581378, 5.08924627, 6.16166401}},
    {16, 480, 832, {0.97098428, 0.96969134, 0.96561301}, {6.86451435, 6.97038746, 7.00554276}},
    {16, 224, 240, {0.99972814, 0.98480988, 0.93773621}, {5.91118002, 6.36166811, 6.85361004}},
    {8, 96, 96, {1.17849803, 1.08293843, 0.80445391}, {28.69985199, 32.09998703, 35.70898438}}};

TEST_CASE("the resized position table has the reference's values and follows its rule") {
  for (const auto& want : table_cases) {
    BackboneConfig config;
    config.patch_size = want.patch;
    VisionTransformer vit({64, 1, 1}, config);
    move_module(vit, at::kCPU, at::kDouble);
    const int64_t grid = 224 / want.patch;
    const at::NoGradGuard no_grad;
    const at::Tensor stored = state_of(vit)[1].second;
    for (int64_t i = 0; i < grid * grid; ++i) stored[0][1 + i].fill_(field(i / grid, i % grid));
    const at::Tensor table = vit.position_table(want.height, want.width);
    const int64_t rows = want.height / want.patch, columns = want.width / want.patch;
    REQUIRE(table.sizes() == at::IntArrayRef({1, 1 + rows * columns, 64}));
    // The printed values were computed in float32, hence the wide margin; the rule is exact.
    for (int64_t i = 0; i < 3; ++i) {
      const auto k = static_cast<size_t>(i);
      REQUIRE(table[0][1 + i][5].item<double>() == Approx(want.first[k]).epsilon(3e-6));
      REQUIRE(table[0][rows * columns - 2 + i][63].item<double>() ==
              Approx(want.last[k]).epsilon(3e-6));
    }
    for (int64_t i = 0; i < rows * columns; i += 7) {
      double wanted = 0;
      for (const auto& [r, down] : bicubic_taps(i / columns, rows, grid))
        for (const auto& [c, across] : bicubic_taps(i % columns, columns, grid))
          wanted += down * across * field(r, c);
      REQUIRE(table[0][1 + i][0].item<double>() == Approx(wanted).epsilon(1e-12));
    }
  }
}

TEST_CASE("no patch row is lost at sizes where a plain ratio would lose one") {
  VisionTransformer vit({64, 1, 1}, {});
  for (const int64_t rows : {61, 115, 122})
    REQUIRE(vit.position_table(16 * rows, 32).size(1) == 1 + 2 * rows);
  REQUIRE(vit.position_table(230, 230).is_same(state_of(vit)[1].second));  // 14 x 14 as stored
}

TEST_CASE("fused attention equals attention written out, forward and backward") {
  Attention attention(192, 3);
  move_module(attention, at::kCPU, at::kDouble);
  const at::Tensor x = portable::values(3, {2, 37, 192}, 1).requires_grad_();
  const at::Tensor mix = portable::values(4, {2, 37, 192}, 1);
  const auto gradient = [&](const at::Tensor& y) {
    if (x.grad().defined()) x.mutable_grad().zero_();
    (y * mix).sum().backward();
    return x.grad().clone();
  };
  const LayerNorm norm(192, 1e-6);
  move_module(const_cast<LayerNorm&>(norm), at::kCPU, at::kDouble);
  const at::Tensor fused = attention.forward(x, norm);
  const at::Tensor plain = attention.forward_plain(norm.forward(x));
  REQUIRE(at::allclose(fused, plain, 1e-12, 1e-13));
  const at::Tensor fused_gradient = gradient(fused);
  REQUIRE(at::allclose(fused_gradient, gradient(plain), 1e-11, 1e-12));
}

TEST_CASE("the last block's first row made alone equals that of the whole block, with gradients") {
  Block block(128, 2);
  move_module(block, at::kCPU, at::kDouble);
  const at::Tensor scales =
      at::tensor({1.25, 0.0, 1.25, 0.0, 1.25, 1.25}, at::kDouble).view({2, 3});
  const at::Tensor start = portable::values(6, {3, 17, 128}, 1);
  const auto gradients = [&](bool alone) {
    const at::Tensor x = start.clone().requires_grad_();
    const at::Tensor y =
        alone ? block.forward_first(x, scales) : block.forward(x, scales).slice(1, 0, 1);
    block.zero_grad();
    y.pow(2).sum().backward();
    std::vector<at::Tensor> out{y.detach(), x.grad()};
    for (const auto& parameter : block.parameters()) out.push_back(parameter.grad().clone());
    return out;
  };
  const auto alone = gradients(true), whole = gradients(false);
  for (size_t i = 0; i < whole.size(); ++i) REQUIRE(at::allclose(alone[i], whole[i], 1e-10, 1e-12));
}

TEST_CASE("drop path belongs to rows: the same whatever shares the batch, kept in expectation") {
  BackboneConfig config;
  config.image_size = 32;
  config.drop_path_rate = 0.5;
  VisionTransformer vit({64, 4, 1}, config);
  const at::Tensor image = portable::values(5, {1, 3, 32, 32}, 1).to(at::kFloat);
  const int64_t count = 64;
  RowAddresses rows{7, 3, {}, {}};
  for (int64_t i = 0; i < count; ++i) {
    rows.samples.push_back(i);
    rows.views.push_back(i % 2);
  }
  const at::NoGradGuard no_grad;
  const at::Tensor together = vit.forward(image.expand({count, 3, 32, 32}), &rows);
  for (const int64_t i : {0, 1, 17}) {
    const RowAddresses alone{7, 3, {i}, {i % 2}};
    REQUIRE(at::allclose(vit.forward(image, &alone)[0], together[i], 1e-5, 1e-6));
  }
  // Distinct addresses give distinct patterns of dropped branches: far more than two outcomes.
  std::set<float> outcomes;
  for (int64_t i = 0; i < count; ++i) outcomes.insert(together[i][0].item<float>());
  REQUIRE(outcomes.size() > 8);
  REQUIRE_THROWS_AS(vit.forward(image), Error);
  vit.eval();
  REQUIRE_NOTHROW(vit.forward(image));
}

TEST_CASE("a ViT refuses images and settings that it cannot use") {
  BackboneConfig config;
  config.patch_size = 300;
  REQUIRE_THROWS_AS(find_backbone("vit_nano").make(config), Error);
  REQUIRE_THROWS_AS(find_backbone("vit_smal"), Error);
  VisionTransformer vit({64, 2, 1}, {});
  REQUIRE_THROWS_AS(vit.forward(at::zeros({1, 3, 8, 8})), Error);
  REQUIRE_THROWS_AS(vit.forward(at::zeros({1, 1, 32, 32})), Error);
  REQUIRE_THROWS_AS(vit.last_blocks(at::zeros({1, 3, 32, 32}), 3), Error);
}

}  // namespace vit_tests
}  // namespace dinobench
