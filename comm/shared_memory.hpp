// Memory of every rank of a host that all of them see.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "comm/communicator.hpp"

namespace dinobench {

/// Anonymous: it has no name in a file system, counts against no limit but memory's, and is gone
/// with its last process.
class SharedMemory {
 public:
  /// What a rank says of the sums over this memory, counted from the first: which are begun, and
  /// to which it has done its part. Written by that rank alone.
  struct Progress {
    std::atomic<uint64_t> begun, added;
  };

  /// `bytes` of zeros of each rank; null on all ranks if not each of them can see every other's
  /// (several hosts, or walls between processes). Collective; ~SharedMemory() is not.
  static std::shared_ptr<SharedMemory> make(Communicator& comm, size_t bytes);
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  std::byte* of(int rank) const { return parts_[static_cast<size_t>(rank)] + kHead; }
  size_t bytes() const { return bytes_; }
  Progress& progress(int rank) const {
    return *reinterpret_cast<Progress*>(parts_[static_cast<size_t>(rank)]);
  }

 private:
  static constexpr size_t kHead = 64;  // bytes before a part: progress, alone on its cache line

  explicit SharedMemory(size_t bytes) : bytes_(bytes) {}
  size_t mapped() const { return kHead + bytes_; }
  bool map(int file);

  size_t bytes_;
  std::vector<std::byte*> parts_;  // by rank
};

}  // namespace dinobench
