// Bytes of a file by offset, checked against its size before anything is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <new>
#include <vector>

#include "core/error.hpp"

namespace dinobench {

/// A regular file, open for reading. Input Errors say what was wrong, without naming the file.
class FileBytes {
 public:
  explicit FileBytes(const std::filesystem::path& path);
  uint64_t size() const { return size_; }
  std::vector<std::byte> at(uint64_t offset, uint64_t count);
  std::vector<std::byte> first(uint64_t most);  ///< fewer in a smaller file

 private:
  std::ifstream stream_;
  uint64_t size_ = 0;
};

/// Does `work`, which reads this file: every Error names it, and memory that runs out is one.
template <class Work>
auto naming_file(const std::filesystem::path& path, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    fail("{}: {}", path.string(), error.what());
  } catch (const std::bad_alloc&) {
    fail_run("{}: not enough memory", path.string());
  }
}

}  // namespace dinobench
