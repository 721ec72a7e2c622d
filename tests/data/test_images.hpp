// Images for the tests of data/: noise, flat colours, and the real ones where they are present.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "core/error.hpp"
#include "data/image.hpp"
#include "tests/test_light.hpp"

namespace dinobench::testing {

namespace fs = std::filesystem;

inline Image noise(int64_t width, int64_t height, uint32_t seed) {
  std::mt19937 generator(seed);
  Image image{width, height, std::vector<uint8_t>(static_cast<size_t>(3 * width * height))};
  for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(generator());
  return image;
}

inline Image flat(int64_t width, int64_t height, uint8_t red, uint8_t green, uint8_t blue) {
  Image image{width, height, {}};
  for (int64_t i = 0; i < width * height; ++i) {
    image.pixels.insert(image.pixels.end(), {red, green, blue});
  }
  return image;
}

/// A folder that is empty at first and gone at the end.
class Folder {
 public:
  Folder()
      : path_(fs::temp_directory_path() /
              fmt::format("dinobench-data-{}", std::random_device{}())) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }
  fs::path write(const std::string& name, const std::string& content) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

 private:
  fs::path path_;
};

/// The real images beside the checkout; prints why a test is skipped when they are not there.
inline fs::path shared_data(const std::string& name) {
  const fs::path path = fs::path(DINOBENCH_SOURCE) / ".." / "shared" / "data" / name;
  if (!fs::exists(path)) {
    std::printf("skipped: no %s\n", path.c_str());
    return {};
  }
  return path;
}

/// The message of the input Error that `action` must throw.
template <class Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    REQUIRE(error.exit_code() == 2);
    return error.what();
  }
  FAIL("no error was thrown");
  return {};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace dinobench::testing
