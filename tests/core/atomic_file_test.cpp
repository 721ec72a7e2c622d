// AtomicFile, read_file and SHA-256.
#include "core/atomic_file.hpp"

#include <sys/resource.h>

#include <csignal>

#include "tests/core/support.hpp"

namespace dinobench {

FileSizeLimit::FileSizeLimit(size_t bytes) {
  std::signal(SIGXFSZ, SIG_IGN);  // write() then reports EFBIG
  const rlimit limit{bytes, RLIM_INFINITY};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

FileSizeLimit::~FileSizeLimit() {
  const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &none);
  std::signal(SIGXFSZ, SIG_DFL);
}

TEST_CASE("a committed file holds what was written, and no temporary is left") {
  const TemporaryFolder folder;
  AtomicFile file(folder / "a.txt");
  file.write("one ");
  file.write("two");
  REQUIRE_FALSE(std::filesystem::exists(folder / "a.txt"));
  file.commit();
  REQUIRE(read_file(folder / "a.txt") == "one two");
  REQUIRE(folder.file_count() == 1);
}

TEST_CASE("without commit the earlier file stays and the temporary goes") {
  const TemporaryFolder folder;
  {
    AtomicFile first(folder / "a.txt");
    first.write("old");
    first.commit();
    AtomicFile second(folder / "a.txt");
    second.write("new");
  }
  REQUIRE(read_file(folder / "a.txt") == "old");
  REQUIRE(folder.file_count() == 1);
}

TEST_CASE("a write that fails is a run error that leaves the earlier file intact") {
  const TemporaryFolder folder;
  AtomicFile first(folder / "a.txt");
  first.write("old");
  first.commit();
  const std::string error = error_of([&] {
    const FileSizeLimit limit(4096);
    AtomicFile second(folder / "a.txt");
    second.write(std::string(10000, 'x'));
    second.commit();
  });
  REQUIRE(error ==
          fmt::format("3: cannot write '{}': File too large", (folder / "a.txt").string()));
  REQUIRE(read_file(folder / "a.txt") == "old");
  REQUIRE(folder.file_count() == 1);
}

TEST_CASE("missing folders are made, and a folder in the file's place is an error") {
  const TemporaryFolder folder;
  AtomicFile file(folder / "x/y/a.txt");
  file.write("deep");
  file.commit();
  REQUIRE(read_file(folder / "x/y/a.txt") == "deep");
  AtomicFile onto_folder(folder / "x");
  const std::string error = error_of([&] { onto_folder.commit(); });
  REQUIRE(contains(error, "3: cannot replace"));
  REQUIRE(contains(error, "Is a directory"));
}

TEST_CASE("read_file names what it cannot read") {
  const TemporaryFolder folder;
  const std::string missing = (folder / "none").string();
  REQUIRE(error_of([&] { read_file(missing); }) ==
          "2: cannot read '" + missing + "': No such file or directory");
  REQUIRE(contains(error_of([&] { read_file(folder / ""); }), "a folder"));
}

TEST_CASE("read_file gives every byte, zero and empty included") {
  const TemporaryFolder folder;
  std::string bytes(200000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  AtomicFile file(folder / "b");
  file.write(bytes);
  file.commit();
  AtomicFile(folder / "empty").commit();
  REQUIRE(read_file(folder / "b") == bytes);
  REQUIRE(read_file(folder / "empty").empty());
}

// FIPS 180-4's example messages.
TEST_CASE("SHA-256 of the published examples") {
  const auto hex = [](const std::string& text) {
    return sha256_hex(std::as_bytes(std::span(text)));
  };
  REQUIRE(hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  REQUIRE(hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace dinobench
