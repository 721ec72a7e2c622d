// Recorded views: what --replay_views reads, and what --log_norms writes.
#include "tests/test.hpp"
// Torch before everything.
#include <cmath>

#include "core/error.hpp"
#include "core/hdf5_file.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace replay_test {
namespace {

using Catch::Contains;
using tiny::Words;

/// `steps` steps of four views (two of 32, two of 16 pixels) of `rows` rows.
void record(const std::filesystem::path& file, int64_t steps, int64_t rows) {
  Hdf5Writer writer(file);
  for (int64_t step = 0; step < steps; ++step) {
    for (int64_t view = 0; view < 4; ++view) {
      const int64_t side = view < 2 ? 32 : 16;
      Rng rng(3, "replay test", {static_cast<uint64_t>(step), static_cast<uint64_t>(view)});
      std::vector<float> values;
      for (int64_t i = 0; i < rows * 3 * side * side; ++i) {
        values.push_back(static_cast<float>(rng.uniform(-2, 2)));
      }
      writer.array(fmt::format("/step/{}/view/{}", step, view), {{rows, 3, side, side}, values});
    }
  }
  writer.commit();
}

Words replay(const tiny::Folder& folder, const Words& more = {}) {
  const Words base{"--replay_views",    (folder / "views.h5").string(),
                   "--output_dir",      (folder / "out").string(),
                   "--steps_per_epoch", "2"};
  return tiny::dino_words(tiny::merged(base, more));
}

TEST_CASE("recorded views are trained on, in float32 and float64 alike") {
  tiny::Folder folder("replay");
  record(folder / "views.h5", 6, 4);
  const auto single = tiny::train(replay(folder, {"--output_dir", (folder / "fp32").string()}));
  const auto wide = tiny::train(replay(folder), {.dtype = c10::ScalarType::Double});
  REQUIRE(single.record.train.at("loss").size() == 6);
  for (size_t i = 0; i < 6; ++i) {
    REQUIRE(single.record.train.at("loss")[i] ==
            Approx(wide.record.train.at("loss")[i]).epsilon(2e-5));
  }
  REQUIRE(single.record.train.at("loss")[0] != wide.record.train.at("loss")[0]);
}

TEST_CASE("norms: one entry a step, absent gradients are NaN, frozen weights stand still") {
  tiny::Folder folder("norms");
  record(folder / "views.h5", 6, 4);
  const auto outcome =
      tiny::train(replay(folder, {"--log_norms"}), {.dtype = c10::ScalarType::Double});
  const auto& train = outcome.record.train;
  const auto& frozen = train.at("grad_norms/head.last_layer.weight_v");
  REQUIRE(frozen.size() == 6);
  for (size_t i = 0; i < 6; ++i) {
    REQUIRE(std::isnan(frozen[i]) == (i < 2));  // the last layer is frozen for epoch 0
    REQUIRE(std::isnan(train.at("grad_norms/head.last_layer.weight_g")[i]));
    REQUIRE(train.at("grad_norms/backbone.cls_token")[i] > 0);
    REQUIRE(train.at("norms/head.last_layer.weight_g")[i] == Approx(8.0));  // 64 ones
  }
  const auto& last_layer = train.at("norms/head.last_layer.weight_v");
  REQUIRE(last_layer[0] == last_layer[1]);
  REQUIRE(last_layer[2] != last_layer[1]);
  REQUIRE(train.at("teacher_norms/backbone.pos_embed").size() == 6);
  REQUIRE(train.at("center_norm")[5] > 0);
  // The learning rate of step 0 is 0: weights are still the initial ones, teacher's too.
  REQUIRE(train.at("norms/backbone.pos_embed")[0] ==
          Approx(train.at("teacher_norms/backbone.pos_embed")[0]).epsilon(1e-12));
}

TEST_CASE("replay files that do not fit are refused") {
  tiny::Folder folder("misfit");
  record(folder / "views.h5", 3, 4);
  REQUIRE_THROWS_WITH(tiny::train(replay(folder)), Contains("no /step/3"));
  REQUIRE_THROWS_WITH(tiny::train(replay(folder, {"--batch_size_per_gpu", "2", "--output_dir",
                                                  (folder / "b").string()})),
                      Contains("4 rows") && Contains("global batch is 2"));
  REQUIRE_THROWS_WITH(tiny::train(replay(folder, {"--local_crops_number", "3", "--output_dir",
                                                  (folder / "c").string()})),
                      Contains("4 views") && Contains("5"));
}

TEST_CASE("a loss that is not finite stops the run with step and samples") {
  tiny::Folder folder("nan");
  Hdf5Writer writer(folder / "views.h5");
  for (int64_t view = 0; view < 4; ++view) {
    const int64_t side = view < 2 ? 32 : 16;
    std::vector<float> values(static_cast<size_t>(4 * 3 * side * side), 0.5f);
    values[0] = std::nanf("");
    writer.array(fmt::format("/step/0/view/{}", view), {{4, 3, side, side}, values});
  }
  writer.commit();
  try {
    tiny::train(replay(folder, {"--max_steps", "1"}));
    FAIL("a NaN went unnoticed");
  } catch (const Error& error) {
    REQUIRE(error.exit_code() == 3);
    REQUIRE_THAT(error.what(), Contains("step 0") && Contains("row 0"));
  }
}

}  // namespace
}  // namespace replay_test
}  // namespace dinobench
