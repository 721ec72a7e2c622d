// Philox4x32-10 and the derivation of a stream's key from its address.
#include "core/random.hpp"

#include "core/error.hpp"

namespace dinobench {
namespace {

struct HighLow {
  uint32_t high, low;
};

HighLow multiply(uint32_t a, uint32_t b) {
  const uint64_t product = uint64_t{a} * b;
  return {static_cast<uint32_t>(product >> 32), static_cast<uint32_t>(product)};
}

constexpr uint32_t low_half(uint64_t word) { return static_cast<uint32_t>(word); }
constexpr uint32_t high_half(uint64_t word) { return static_cast<uint32_t>(word >> 32); }

// The last word of the counter tells what is absorbed; draws use 0, so no draw repeats a key.
enum class Absorb : uint32_t { purpose_length = 1, purpose, address_length, address };

// The next key depends on the one before, so on everything absorbed so far and its order.
uint64_t absorb(uint64_t key, Absorb what, uint32_t position, uint64_t word) {
  const auto mixed =
      philox4x32({low_half(word), high_half(word), position, static_cast<uint32_t>(what)},
                 {low_half(key), high_half(key)});
  return uint64_t{mixed[1]} << 32 | mixed[0];
}

}  // namespace

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const HighLow first = multiply(0xD2511F53, counter[0]);
    const HighLow second = multiply(0xCD9E8D57, counter[2]);
    counter = {second.high ^ counter[1] ^ key[0], second.low, first.high ^ counter[3] ^ key[1],
               first.low};
    key[0] += 0x9E3779B9;  // golden ratio
    key[1] += 0xBB67AE85;  // sqrt(3) - 1
  }
  return counter;
}

// Lengths are absorbed too: {1, 2} after "a" cannot equal {2} after another purpose.
Rng::Rng(uint64_t seed, std::string_view purpose, std::initializer_list<uint64_t> address)
    : key_(absorb(seed, Absorb::purpose_length, 0, purpose.size())) {
  uint32_t position = 0;
  for (const char byte : purpose)
    key_ = absorb(key_, Absorb::purpose, position++, static_cast<unsigned char>(byte));
  key_ = absorb(key_, Absorb::address_length, 0, address.size());
  position = 0;
  for (const uint64_t word : address) key_ = absorb(key_, Absorb::address, position++, word);
}

uint32_t Rng::bits() {
  if (left_ == 0) {
    ready_ =
        philox4x32({low_half(block_), high_half(block_), 0, 0}, {low_half(key_), high_half(key_)});
    ++block_;
    left_ = 4;
  }
  return ready_[static_cast<size_t>(4 - left_--)];
}

double Rng::uniform() {
  const uint64_t high = bits() >> 5, low = bits() >> 6;
  return static_cast<double>(high << 26 | low) * 0x1p-53;
}

double Rng::uniform(double low, double high) { return low + (high - low) * uniform(); }

int64_t Rng::integer(int64_t low, int64_t high) {
  require(low <= high, "random integer: the range [{}, {}] is empty", low, high);
  const uint64_t count = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
  // The smallest 2^64 mod count values would favour low results: they are drawn again.
  const uint64_t reject = count == 0 ? 0 : (0 - count) % count;
  uint64_t draw = 0;
  do {
    const uint64_t upper = bits();
    draw = upper << 32 | bits();
  } while (draw < reject);
  const uint64_t offset = count == 0 ? draw : draw % count;
  return static_cast<int64_t>(static_cast<uint64_t>(low) + offset);
}

}  // namespace dinobench
