// Words for ffmpeg, and running a program.
#include "tests/test.hpp"
// Torch before everything.
#include "core/error.hpp"
#include "tools/video_file.hpp"

namespace dinobench {
namespace video_file_test {

TEST_CASE("the video's command is one line that a shell reads back", "[visualize]") {
  const auto words = video_command("my out[1]/attention", 12.5, "my out[1]/video.mp4");
  REQUIRE(words.front() == "ffmpeg");
  REQUIRE(words.back() == "my out[1]/video.mp4");
  const std::string line = shell_line(words);
  REQUIRE(line.find(" 'my out\\[1\\]/attention/attn-*.png' ") != std::string::npos);
  REQUIRE(line.find(" -framerate 12.5 ") != std::string::npos);
  REQUIRE(shell_line({"it's", ""}) == "'it'\\''s' ''");
}

TEST_CASE("a program that is missing or fails is told apart", "[visualize]") {
  REQUIRE(run_program({"true"}));
  REQUIRE_FALSE(run_program({"no-such-program-of-dinobench"}));
  try {
    run_program({"false", "x y"});
    FAIL("a failing program was taken for a good one");
  } catch (const Error& error) {
    REQUIRE(error.exit_code() == 3);
    REQUIRE_THAT(error.what(), Catch::Contains("exit code 1") && Catch::Contains("false 'x y'"));
  }
}

}  // namespace video_file_test
}  // namespace dinobench
