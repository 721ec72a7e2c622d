// Ranks say in the memory itself that their values are there, and that their sums are.
#include "comm/shared_sum.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace dinobench {
namespace mpi {
namespace shared_sum {
namespace {

constexpr size_t kBlock = 1024;  // elements: the sums so far stay in the nearest cache

template <class Element>
[[gnu::optimize("tree-vectorize")]] void add_block(Element* sums, const Element* values) {
  for (size_t i = 0; i < kBlock; ++i) sums[i] += values[i];
}

template <class Element>
[[gnu::optimize("tree-vectorize")]] void divide_block(Element* sums, Element divisor) {
  for (size_t i = 0; i < kBlock; ++i) sums[i] /= divisor;
}

/// The sum of `count` elements of all `parts`, in their order, over `divisor` into each of them.
template <class Element>
void add_everywhere(const std::vector<std::byte*>& parts, size_t count, Element divisor) {
  alignas(64) Element sums[kBlock]{};
  for (size_t at = 0; at < count; at += kBlock) {
    const size_t length = std::min(kBlock, count - at);
    const size_t bytes = length * sizeof(Element), offset = at * sizeof(Element);
    std::memcpy(sums, parts[0] + offset, bytes);
    for (size_t i = 1; i < parts.size(); ++i) {
      const auto* values = reinterpret_cast<const Element*>(parts[i] + offset);
      if (length == kBlock) {
        add_block(sums, values);
      } else {
        for (size_t k = 0; k < length; ++k) sums[k] += values[k];
      }
    }
    if (divisor != 1) divide_block(sums, divisor);
    for (std::byte* part : parts) std::memcpy(part + offset, sums, bytes);
  }
}

}  // namespace
}  // namespace shared_sum

SharedSum::SharedSum(std::shared_ptr<const SharedMemory> memory, const Elements& values,
                     double divisor, int rank, int size)
    : memory_(std::move(memory)), values_(values), divisor_(divisor), rank_(rank), size_(size) {
  std::atomic<uint64_t>& begun = memory_->progress(rank_).begun;
  number_ = begun.load(std::memory_order_relaxed) + 1;
  begun.store(number_, std::memory_order_release);
}

bool SharedSum::all(std::atomic<uint64_t> SharedMemory::Progress::*count) const {
  for (int rank = 0; rank < size_; ++rank) {
    if ((memory_->progress(rank).*count).load(std::memory_order_acquire) < number_) return false;
  }
  return true;
}

bool SharedSum::advance() {
  using Progress = SharedMemory::Progress;
  std::atomic<uint64_t>& added = memory_->progress(rank_).added;
  const uint64_t before = added.load(std::memory_order_relaxed);
  if (before < number_) {
    if (before + 1 != number_ || !all(&Progress::begun)) return false;
    add_up();
    added.store(number_, std::memory_order_release);
  }
  return all(&Progress::added);
}

void SharedSum::add_up() {
  const Slice slice = slice_of(values_, rank_, size_);
  const auto offset = static_cast<size_t>(slice.data - memory_->of(rank_));
  std::vector<std::byte*> parts;
  for (int rank = 0; rank < size_; ++rank) parts.push_back(memory_->of(rank) + offset);
  if (values_.width == sizeof(double)) {
    shared_sum::add_everywhere(parts, slice.count, divisor_);
  } else {
    shared_sum::add_everywhere(parts, slice.count, static_cast<float>(divisor_));
  }
}

}  // namespace mpi
}  // namespace dinobench
