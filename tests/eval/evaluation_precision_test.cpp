// What a record calls bf16 has run in bf16.
#include "tests/test.hpp"
// Torch before everything.
#include "eval/attention_map.hpp"
#include "tests/backbones/portable_fill.hpp"

namespace dinobench {
namespace evaluation_precision_test {
namespace {

at::Tensor attention_in(Precision precision) {
  at::manual_seed(3);
  const FrozenModel model{
      Backbones::find("vit_nano").make({.patch_size = 8, .image_size = 32}), "vit_nano", {}};
  model.backbone->eval();
  const auto comm = make_self_communicator();
  Console console(false, true);
  RunRecord record;
  RunContext context{*comm, console, record};
  context.precision = precision;
  return cls_attention(model, portable::values(60, {1, 3, 32, 32}, 2).to(at::kFloat), context);
}

TEST_CASE("attention in bf16 is near that in fp32 and not the same", "[attention]") {
  const at::Tensor wide = attention_in(Precision::fp32), half = attention_in(Precision::bf16);
  REQUIRE(half.scalar_type() == at::kFloat);
  REQUIRE_FALSE(at::equal(wide, half));
  REQUIRE(at::allclose(wide, half, 2e-2, 1e-4));
}

}  // namespace
}  // namespace evaluation_precision_test
}  // namespace dinobench
