// Feature extraction and neighbour search over ranks give the bits of one process.
#include "comm/communicator.hpp"
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

TEST_CASE("queries shared out over ranks find the neighbours of one process", "[mpi]") {
  const auto comm = make_communicator();
  const auto rows = [](uint32_t stream, int64_t count) {
    return unit_rows(portable::values(stream, {count, 12}, 1.0).to(at::kFloat));
  };
  for (const int64_t count : {1, 7, 301}) {
    const Neighbours shared = sharded_nearest(rows(1, count), rows(2, 400), 20, *comm);
    const Neighbours whole = nearest(rows(1, count), rows(2, 400), 20);
    REQUIRE(shared.index == whole.index);
    REQUIRE(shared.similarity == whole.similarity);
    REQUIRE(shared.queries == count);
  }
}

}  // namespace features_mpi_test
}  // namespace dinobench
