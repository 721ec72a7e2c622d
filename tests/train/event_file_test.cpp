// Event files byte by byte, cut, damaged and resumed.
#include "train/event_file.hpp"

#include <cmath>
#include <fstream>

#include "core/atomic_file.hpp"
#include "core/crc32c.hpp"
#include "tests/test.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace event_file_test {

RunRecord record_of(int64_t steps) {
  RunRecord record;
  for (int64_t i = 0; i < steps; ++i) {
    record.train["step"].push_back(static_cast<double>(i));
    record.train["loss"].push_back(8 - static_cast<double>(i));
    record.train["images_per_second"].push_back(4);
    record.train["norms/w"].push_back(1);
  }
  return record;
}

std::vector<std::string> files_of(const std::filesystem::path& folder) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    out.push_back(entry.path().filename().string());
  return out;
}

/// The steps in a file that is whole; -1 for the version at its head.
std::vector<int> steps_in(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  std::vector<int> out;
  for (size_t at = 0; at < bytes.size();) {
    const auto length = static_cast<unsigned char>(bytes[at]);  // our events are short
    const std::string data = bytes.substr(at + 12, length);
    REQUIRE(bytes.substr(at, 16 + length) == framed(data));
    out.push_back(data[9] == 0x10 ? data[10] : -1);
    at += 16u + length;
  }
  return out;
}

TEST_CASE("one event, byte by byte", "[events]") {
  RunRecord record;
  record.train["step"] = {0, 1, 2, 3};
  record.train["a"] = {0, 0, 0, 2};
  record.train["absent"] = {0, 0, 0, NAN};
  record.train["norms/w"] = {0, 0, 0, 1};
  // wall_time 1.5 is 0x3FF8000000000000, 2.0f is 0x40000000.
  const std::string event = step_event(record, 3, 1.5);
  REQUIRE(event == std::string("\x09\x00\x00\x00\x00\x00\x00\xF8\x3F"
                               "\x10\x03"
                               "\x2A\x10"
                               "\x0A\x0E"
                               "\x0A\x07train/a"
                               "\x15\x00\x00\x00\x40",
                               29));
  const std::string whole = framed(event);
  REQUIRE(whole.size() == 12 + 29 + 4);
  REQUIRE(whole.substr(0, 8) == std::string("\x1D\x00\x00\x00\x00\x00\x00\x00", 8));
  // Checksums of an independent, bitwise implementation, rotated by 15 and offset.
  REQUIRE(whole.substr(8, 4) == std::string("\x60\x2F\xDF\x23", 4));
  REQUIRE(whole.substr(41) == std::string("\x18\xAF\x83\xCA", 4));
}

TEST_CASE("events are appended, and a resumed run repeats none", "[events]") {
  const tiny::Folder folder("events");
  std::filesystem::path path;
  {
    EventFile file(folder / "", 0);
    file.append(record_of(0), 8);
    REQUIRE(files_of(folder / "").empty());
    file.append(record_of(2), 8);
    file.append(record_of(5), 8);
    path = file.path();
    REQUIRE(path.filename().string().starts_with("events.out.tfevents."));
    REQUIRE(steps_in(path) == std::vector<int>{-1, 0, 1, 2, 3, 4});
  }
  {
    EventFile file(folder / "", 3);  // steps 3 and 4 are about to be repeated
    REQUIRE(steps_in(path) == std::vector<int>{-1, 0, 1, 2});
    file.append(record_of(4), 8);
    REQUIRE(steps_in(path) == std::vector<int>{-1, 0, 1, 2, 3});
  }
  const std::string whole = read_file(path);
  std::ofstream(path, std::ios::binary) << whole.substr(0, whole.size() - 5);  // cut short
  {
    EventFile file(folder / "", 4);
    REQUIRE(steps_in(path) == std::vector<int>{-1, 0, 1, 2});
    file.append(record_of(6), 8);  // the lost step comes back from the series
    REQUIRE(steps_in(path) == std::vector<int>{-1, 0, 1, 2, 3, 4, 5});
  }
  std::string damaged = read_file(path);
  damaged[30] ^= 1;
  std::ofstream(path, std::ios::binary) << damaged;
  EventFile(folder / "", 6).append(record_of(6), 8);
  REQUIRE(steps_in(path) == std::vector<int>{-1, 0, 1, 2, 3, 4, 5});
  REQUIRE(files_of(folder / "").size() == 1);
  remove_events(folder / "");
  REQUIRE(files_of(folder / "").empty());
}

}  // namespace event_file_test
}  // namespace dinobench
