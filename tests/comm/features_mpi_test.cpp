// Feature extraction and neighbour search over ranks give the bits of one process.
#include "comm/communicator.hpp"
#include "eval/dealt.hpp"
#include "eval/features.hpp"
#include "eval/sharded_search.hpp"
#include "tests/backbones/portable_fill.hpp"
#include "tests/test.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace features_mpi_test {

FeatureBank extract(const Dataset& data, const FrozenModel& model, Communicator& comm,
                    const std::string& on_bad_image = "fail") {
  Console console(false, true);
  RunRecord record;
  RunContext context{comm, console, record};
  context.num_workers = 1;
  return extract_features(
      data, model,
      {.batch_size = 3, .resize_size = 36, .crop_size = 32, .on_bad_image = on_bad_image}, "",
      context);
}

TEST_CASE("ranks change no bit of the features", "[mpi]") {
  const auto comm = make_communicator(), alone = make_self_communicator();
  const tiny::Folder folder("features_mpi");  // one a process: ranks draw the same pictures
  tiny::draw(folder / "set", 2, 5);
  std::filesystem::resize_file(folder / "set" / "class1" / "0.png", 50);
  const Dataset data = open_dataset(folder / "set");
  at::manual_seed(4);
  FrozenModel model{Backbones::find("vit_nano").make({.patch_size = 8, .image_size = 32}),
                    "vit_nano"};
  const FeatureBank together = extract(data, model, *comm, "skip");
  const FeatureBank single = extract(data, model, *alone, "skip");
  REQUIRE(together.features.equal(single.features));
  REQUIRE(together.ids == single.ids);
  REQUIRE(together.ids.size() == 9);  // every row once, the bad one left out
  REQUIRE(together.bad_images == 1);
  REQUIRE(together.labels == single.labels);
}

TEST_CASE("rows of an evaluation's own view and forward pass are those of one process", "[mpi]") {
  const auto comm = make_communicator(), alone = make_self_communicator();
  const tiny::Folder folder("rows_mpi");
  std::filesystem::create_directories(folder / "set");
  for (int64_t i = 0; i < 7; ++i)
    write_png(crop(tiny::picture(0, static_cast<uint64_t>(i)), {0, 0, 20 + i, 30 - i}),
              folder / ("set/" + std::to_string(i) + ".png"));
  std::filesystem::resize_file(folder / "set" / "4.png", 50);
  const Dataset data = open_dataset(folder / "set");
  const View as_it_is{0, 0, [](const Image& image, Rng&) { return image; }};
  const auto rows = [&](Communicator& ranks) {
    Console console(false, true);
    RunRecord record;
    RunContext context{ranks, console, record};
    const auto sizes_and_sum = [](const at::Tensor& images) {
      const at::Tensor sum = images.to(at::kDouble).sum({1, 2, 3});
      return at::stack(
          {at::full_like(sum, images.size(2)), at::full_like(sum, images.size(3)), sum}, 1);
    };
    return extract_rows(data, as_it_is, 1, sizes_and_sum, "", "skip", context);
  };
  const FeatureBank together = rows(*comm), single = rows(*alone);
  REQUIRE(together.features.sizes().vec() == std::vector<int64_t>{6, 3});
  REQUIRE(together.features.equal(single.features));
  REQUIRE(together.ids[4] == "5.png");
  REQUIRE(together.rows == std::vector<int64_t>{0, 1, 2, 3, 5, 6});
  REQUIRE(together.features[4][0].item<float>() == 25);  // height
  REQUIRE(together.features[4][1].item<float>() == 25);
  REQUIRE(together.features[5][0].item<float>() == 24);
  REQUIRE(together.features[5][1].item<float>() == 26);
}

TEST_CASE("dealt items come back in order on every rank, each row of its own length", "[mpi]") {
  const auto comm = make_communicator();
  Console console(false, true);
  RunRecord record;
  RunContext context{*comm, console, record};
  for (const int64_t n : {0, 1, 2, 11}) {
    std::vector<int64_t> mine;
    const auto rows = dealt(
        n,
        [&mine](int64_t item) {
          mine.push_back(item);
          return std::vector<double>(static_cast<size_t>(item % 3),
                                     0.1 * static_cast<double>(item));
        },
        "", "", context);
    REQUIRE(rows.size() == static_cast<size_t>(n));
    for (int64_t item = 0; item < n; ++item)
      REQUIRE(rows[static_cast<size_t>(item)] ==
              std::vector<double>(static_cast<size_t>(item % 3), 0.1 * static_cast<double>(item)));
    for (size_t i = 0; i < mine.size(); ++i)
      REQUIRE(mine[i] == comm->rank() + static_cast<int64_t>(i) * comm->size());
  }
}

TEST_CASE("queries shared out over ranks find the neighbours of one process", "[mpi]") {
  const auto comm = make_communicator();
  const auto rows = [](uint32_t stream, int64_t count) {
    return unit_rows(portable::values(stream, {count, 12}, 1.0).to(at::kFloat));
  };
  Console console(false, true);
  RunRecord record;
  RunContext context{*comm, console, record};
  for (const int64_t count : {1, 7, 301}) {
    const Neighbours shared = sharded_nearest(rows(1, count), rows(2, 400), 20, context);
    const Neighbours whole = nearest(rows(1, count), rows(2, 400), 20);
    REQUIRE(shared.index == whole.index);
    REQUIRE(shared.similarity == whole.similarity);
    REQUIRE(shared.queries == count);
  }
}

}  // namespace features_mpi_test
}  // namespace dinobench
