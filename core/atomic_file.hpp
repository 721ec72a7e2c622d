// A file appears whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace dinobench {

/// Writes to a temporary name beside `path`; commit() fsyncs and renames. Folders that are missing
/// are made. Destroyed without commit(), it removes the temporary. A failed write (disk full ...)
/// is a run Error that names the file and the system's reason.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  void write(std::span<const std::byte> bytes);
  void write(const std::string& text);
  void commit();

 private:
  [[noreturn]] void fail_write(const char* action) const;
  std::filesystem::path path_, temporary_;
  int descriptor_ = -1;
};

/// Removes the temporaries that killed processes left beside `path`. Nobody else may be writing it.
void remove_abandoned(const std::filesystem::path& path);

/// Whole file as bytes; an input Error names a file that cannot be read.
std::string read_file(const std::filesystem::path& path);

/// Lower-case hexadecimal SHA-256.
std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace dinobench
