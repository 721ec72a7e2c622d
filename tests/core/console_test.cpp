// What reaches stdout and stderr.
#include "core/console.hpp"

#include <fcntl.h>

#include <cstdio>
#include <iostream>

#include "core/atomic_file.hpp"
#include "tests/core/support.hpp"

namespace dinobench {
namespace {

// Sends one stream of the process into a file for the length of a scope.
class Captured {
 public:
  Captured(int stream, const std::filesystem::path& file) : stream_(stream), kept_(dup(stream)) {
    std::cout.flush();
    std::fflush(nullptr);
    const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(descriptor, stream);
    close(descriptor);
  }
  ~Captured() {
    std::fflush(nullptr);
    dup2(kept_, stream_);
    close(kept_);
  }

 private:
  int stream_, kept_;
};

template <class Work>
std::string output_of(int stream, Work work) {
  const TemporaryFolder folder;
  {
    const Captured captured(stream, folder / "out");
    work();
  }
  return read_file(folder / "out");
}

template <class Work>
std::string stderr_of(Work work) {
  return output_of(STDERR_FILENO, work);
}

}  // namespace

TEST_CASE("results go to stdout unless quiet or not rank 0") {
  REQUIRE(output_of(STDOUT_FILENO, [] { Console(true, false).line("top1 74.5"); }) ==
          "top1 74.5\n");
  REQUIRE(output_of(STDOUT_FILENO, [] { Console(true, true).line("top1 74.5"); }).empty());
  REQUIRE(output_of(STDOUT_FILENO, [] { Console(false, false).line("top1 74.5"); }).empty());
}

TEST_CASE("warnings go to stderr, quiet or not, from rank 0 alone") {
  REQUIRE(stderr_of([] { Console(true, false).warn("old file"); }) == "warning: old file\n");
  REQUIRE(stderr_of([] { Console(true, true).warn("old file"); }) == "warning: old file\n");
  REQUIRE(stderr_of([] { Console(false, false).warn("old file"); }).empty());
  REQUIRE(Console(true, false).speaks());
  REQUIRE(Console(true, true).quiet());
}

TEST_CASE("without a terminal a short run shows one line, at its end") {
  const std::string out = stderr_of([] {
    Console console(true, false);
    ProgressLine progress(console, "train", 4, "img");
    for (int i = 0; i < 4; ++i) progress.advance(1, 32, "loss 5.912");
  });
  REQUIRE(out.starts_with("train  4/4  "));
  REQUIRE(contains(out, " img/s  in 0:00  loss 5.912\n"));
  REQUIRE(std::count(out.begin(), out.end(), '\n') == 1);
}

TEST_CASE("progress counts from where a resumed run starts, and nothing done shows nothing") {
  const std::string resumed = stderr_of([] {
    Console console(true, false);
    ProgressLine(console, "train", 10, "img", 7).advance(2, 64);
  });
  REQUIRE(resumed.starts_with("train  9/10  "));
  REQUIRE(stderr_of([] {
            Console console(true, false);
            ProgressLine(console, "train", 10, "img", 7);
          }).empty());
  REQUIRE(stderr_of([] {
            Console console(true, true);
            ProgressLine(console, "train", 10, "img").advance(10, 1);
          }).empty());
}

TEST_CASE("durations read as clocks do") {
  REQUIRE(duration_text(3725) == "1:02:05");
  REQUIRE(duration_text(65) == "1:05");
  REQUIRE(duration_text(59.6) == "1:00");
  REQUIRE(duration_text(0) == "0:00");
  REQUIRE(duration_text(-3) == "0:00");
  REQUIRE(duration_text(std::numeric_limits<double>::infinity()) == "0:00");
}

}  // namespace dinobench
