// Zip archives of stored (not compressed) members, with zip64: the container of torch.save.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/atomic_file.hpp"

namespace dinobench {

/// Reads members by name. Sizes and offsets are checked against the file before anything is
/// allocated, CRC-32 after reading; whatever does not fit is an input Error.
class ZipReader {
 public:
  explicit ZipReader(const std::filesystem::path& path);
  bool has(const std::string& name) const { return members_.contains(name); }
  std::vector<std::string> names() const;  ///< sorted
  uint64_t size(const std::string& name) const;
  uint64_t file_size() const { return file_size_; }
  std::vector<std::byte> read(const std::string& name);

 private:
  struct Member {
    uint64_t header = 0, size = 0;
    uint32_t crc = 0;
    uint16_t method = 0;
  };
  struct Directory {
    uint64_t offset = 0, size = 0, count = 0;
  };
  std::vector<std::byte> bytes_at(uint64_t offset, uint64_t size);
  Directory find_directory();
  void read_directory(const Directory& directory);
  const Member& member(const std::string& name) const;

  std::ifstream stream_;
  uint64_t file_size_ = 0;
  std::map<std::string, Member> members_;
};

/// Appends members to a file; each one's bytes start at a multiple of `alignment`.
class ZipWriter {
 public:
  explicit ZipWriter(AtomicFile& file, uint64_t alignment = 64)
      : file_(file), alignment_(alignment) {}
  void add(const std::string& name, std::span<const std::byte> bytes);
  void finish();  ///< writes the central directory

 private:
  void write(const std::string& bytes);

  AtomicFile& file_;
  uint64_t alignment_, offset_ = 0, count_ = 0;
  std::string directory_;
};

/// CRC-32 as zip has it.
uint32_t crc32_of(std::span<const std::byte> bytes);

}  // namespace dinobench
