// Small sums between ranks that share memory: everyone leaves its values and reads everyone's.
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "comm/shared_memory.hpp"

namespace dinobench {

/// One sum at a time: put(), then take() once all_there(). A message takes tens of microseconds,
/// this a few.
class Mailbox {
 public:
  static constexpr size_t kMostBytes = size_t{1} << 20;

  /// Null, on all ranks, where they share no memory. Collective.
  static std::unique_ptr<Mailbox> make(Communicator& comm) {
    auto memory = SharedMemory::make(comm, 2 * kMostBytes);
    if (memory == nullptr) return nullptr;
    return std::unique_ptr<Mailbox>(new Mailbox(std::move(memory), comm.rank(), comm.size()));
  }

  void put(std::span<const std::byte> values) {
    ++number_;
    std::memcpy(slot(rank_), values.data(), values.size());
    memory_->progress(rank_).begun.store(number_, std::memory_order_release);
  }

  bool all_there() const {
    for (int rank = 0; rank < size_; ++rank) {
      if (memory_->progress(rank).begun.load(std::memory_order_acquire) < number_) return false;
    }
    return true;
  }

  /// In the order of the ranks: the same bits on all of them.
  template <class Element>
  void take(std::span<Element> sums) const {
    std::memcpy(sums.data(), slot(0), sums.size_bytes());
    for (int rank = 1; rank < size_; ++rank) {
      const auto* values = reinterpret_cast<const Element*>(slot(rank));
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += values[i];
    }
  }

 private:
  Mailbox(std::shared_ptr<SharedMemory> memory, int rank, int size)
      : memory_(std::move(memory)), rank_(rank), size_(size) {}

  // Two slots in turn: who puts its next values has all others' last ones, so they have read those
  // before.
  std::byte* slot(int rank) const { return memory_->of(rank) + number_ % 2 * kMostBytes; }

  std::shared_ptr<SharedMemory> memory_;
  int rank_, size_;
  uint64_t number_ = 0;
};

}  // namespace dinobench
