// Plain reading and writing of HDF5 data sets and attributes; hdf5.h is included in hdf5_file.cpp
// alone.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/run_record.hpp"

namespace dinobench {

/// deflate: lossless, for arrays of records (512 elements or more; fewer stay plain). Text is then
/// of one width, padded with zero bytes.
enum class Packing { none, deflate };

/// Writes to a temporary name beside `path`, and commit() renames it (fsync before). Without
/// commit() nothing appears. Group paths are made as needed; a '/' inside a name separates groups,
/// dots are ordinary.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(std::filesystem::path path);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  void group(const std::string& path);
  void array(const std::string& path, const Array& array, Packing packing = Packing::none);
  void scalar(const std::string& path, double value);
  void text(const std::string& path, const std::string& value);
  void attribute(const std::string& object, const std::string& name, const Attribute& value);
  std::string bytes();  ///< the file's content up to now; nothing is written
  void commit();

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

/// Reads; throws an input Error naming the file and the object when either is missing, of another
/// type or damaged.
class Hdf5Reader {
 public:
  explicit Hdf5Reader(const std::filesystem::path& path);
  ~Hdf5Reader();
  Hdf5Reader(Hdf5Reader&&) noexcept;

  bool has(const std::string& path) const;
  std::vector<std::string> children(
      const std::string& group) const;  ///< sorted link names; empty if the group is absent
  bool is_group(const std::string& path) const;
  Array array(const std::string& path) const;
  std::vector<int64_t> shape(const std::string& path) const;
  Attributes attributes(const std::string& object) const;

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace dinobench
