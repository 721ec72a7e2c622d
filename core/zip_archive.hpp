// Zip archives with zip64: the container of torch.save. Read stored or deflated, written stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/atomic_file.hpp"
#include "core/file_bytes.hpp"

namespace dinobench {

/// Reads members by name. Sizes and offsets are checked against the file before anything is
/// allocated, CRC-32 after reading; whatever does not fit is an input Error. All that is read sums
/// to at most 16 times the file and 256 MiB, so that no small file fills the memory.
class ZipReader {
 public:
  explicit ZipReader(const std::filesystem::path& path);
  bool has(const std::string& name) const { return members_.contains(name); }
  std::vector<std::string> names() const;  ///< sorted
  uint64_t size(const std::string& name) const;
  uint64_t file_size() const { return file_.size(); }
  std::vector<std::byte> read(const std::string& name);

 private:
  struct Member {
    uint64_t header = 0, packed = 0, size = 0;
    uint32_t crc = 0;
    uint16_t method = 0;
  };
  struct Directory {
    uint64_t offset = 0, size = 0, count = 0;
  };
  Directory find_directory();
  void read_directory(const Directory& directory);
  const Member& member(const std::string& name) const;

  FileBytes file_;
  uint64_t budget_ = 0;
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

/// Undoes zip's method 8 (RFC 1951). The result must have `size` bytes; nothing is allocated in
/// advance of the bytes that come.
std::vector<std::byte> inflate_bytes(std::span<const std::byte> packed, uint64_t size);

/// CRC-32 as zip has it.
uint32_t crc32_of(std::span<const std::byte> bytes);

}  // namespace dinobench
