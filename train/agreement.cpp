// Checksums of weights, compared over ranks.
#include "train/agreement.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "core/error.hpp"

namespace dinobench {
namespace agreement {
namespace {

// Odd 64-bit constants of splitmix64 (Steele et al. 2014).
constexpr uint64_t kMultiplier = 0xbf58476d1ce4e5b9u;

uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * kMultiplier;
  return hash ^ (hash >> 29);
}

uint64_t add_bytes(uint64_t hash, const char* bytes, size_t count) {
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word;
    std::memcpy(&word, bytes, 8);
    hash = mix(hash, word);
  }
  for (; count > 0; ++bytes, --count) hash = mix(hash, static_cast<unsigned char>(*bytes));
  return hash;
}

}  // namespace
}  // namespace agreement

uint64_t checksum(const NamedTensors& tensors) {
  uint64_t hash = 0;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor host = tensor.detach().cpu().contiguous();
    hash =
        agreement::add_bytes(hash, static_cast<const char*>(host.const_data_ptr()), host.nbytes());
  }
  return hash;
}

void require_equal_on_ranks(const NamedTensors& tensors, Communicator& comm,
                            const std::string& when) {
  if (comm.size() == 1) return;
  const uint64_t mine = checksum(tensors);
  const auto all = comm.all_gather(std::as_bytes(std::span(&mine, 1)));
  // What most ranks hold is taken for right; of equals, what the lowest rank holds.
  const auto common = std::max_element(all.begin(), all.end(), [&](const auto& a, const auto& b) {
    return std::count(all.begin(), all.end(), a) < std::count(all.begin(), all.end(), b);
  });
  std::vector<size_t> others;
  for (size_t rank = 0; rank < all.size(); ++rank)
    if (all[rank] != *common) others.push_back(rank);
  if (others.empty()) return;
  fail_run("the weights of rank {} differ from those of rank {} {}", fmt::join(others, ", "),
           common - all.begin(), when);
}

}  // namespace dinobench
