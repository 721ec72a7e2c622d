// Files that are read piece by piece.
#include "core/file_bytes.hpp"

#include <algorithm>

namespace dinobench {

FileBytes::FileBytes(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  require(!std::filesystem::is_directory(status), "a folder where a file is expected");
  require(std::filesystem::exists(status), "{}",
          std::make_error_code(std::errc::no_such_file_or_directory).message());
  // A pipe would block, a device never end.
  require(std::filesystem::is_regular_file(status), "not a regular file");
  size_ = std::filesystem::file_size(path, error);
  require(!error, "{}", error.message());
  stream_.open(path, std::ios::binary);
  require(stream_.good(), "cannot be opened");
}

std::vector<std::byte> FileBytes::at(uint64_t offset, uint64_t count) {
  require(offset <= size_ && count <= size_ - offset,
          "truncated or damaged: {} bytes wanted at {} of a file of {}", count, offset, size_);
  std::vector<std::byte> bytes(static_cast<size_t>(count));
  stream_.clear();
  stream_.seekg(static_cast<std::streamoff>(offset));
  stream_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count));
  require(stream_.good(), "cannot be read at byte {}", offset);
  return bytes;
}

std::vector<std::byte> FileBytes::first(uint64_t most) { return at(0, std::min(most, size_)); }

}  // namespace dinobench
