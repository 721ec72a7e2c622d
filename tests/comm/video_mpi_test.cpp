// Sequences shared out over ranks give the masks and measures of one process.
#include "tests/comm/job.hpp"
#include "tests/eval/tiny_video.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace video_mpi_test {

TEST_CASE("ranks change no measure of a video", "[mpi][video]") {
  const tiny::Folder folder("video_mpi");
  const tiny::VideoSet set(folder / "set");
  set.draw("cars", 5, 5);
  set.draw("boat", 3, 3, 1);
  set.draw("still", 3, 1);
  set.draw("tram", 4, 4);
  set.list({"still", "cars", "boat", "tram"});
  const auto alone = make_self_communicator();
  const auto run = [&](Communicator& comm, const std::string& out) {
    return tiny::run_video(set, comm, {"--output_dir", (folder / out).string()});
  };
  const EvaluationRecord shared = run(job(), "shared"), single = run(*alone, "single");
  REQUIRE(shared.metrics.size() == 7);
  for (const auto& [name, metric] : single.metrics) {
    REQUIRE(shared.metrics.at(name).value == metric.value);
    REQUIRE(shared.metrics.at(name).ci_low == metric.ci_low);
  }
  REQUIRE(shared.raw.size() == single.raw.size());
  for (const auto& [name, array] : single.raw) REQUIRE(shared.raw.at(name).values == array.values);
  int64_t masks = 0;  // this rank's share
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "shared")) {
    if (!entry.is_regular_file()) continue;
    const auto name = std::filesystem::relative(entry.path(), folder / "shared");
    REQUIRE(read_mask(entry.path()).values == read_mask(folder / "single" / name.string()).values);
    ++masks;
  }
  REQUIRE(masks > 0);
  REQUIRE((job().size() == 1 ? masks == 15 : masks < 15));
}

}  // namespace video_mpi_test
}  // namespace dinobench
