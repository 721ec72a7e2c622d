// Randomness has an address: counter-based draws keyed by what they are for, never by history.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace dinobench {

/// Philox4x32-10 (Salmon et al. 2011): a bijection of the 128-bit counter for each 64-bit key.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// A stream of draws at an address: Rng(seed, "view", {epoch, sample, view}). The same address
/// gives the same draws on every machine, thread and rank; different addresses give independent
/// streams.
class Rng {
 public:
  Rng(uint64_t seed, std::string_view purpose, std::initializer_list<uint64_t> address);

  uint32_t bits();                          ///< 32 uniform bits
  double uniform();                         ///< [0, 1), 53 bits
  double uniform(double low, double high);  ///< low + (high - low) * uniform()
  int64_t integer(int64_t low,
                  int64_t high);  ///< uniform on the closed range [low, high], unbiased

 private:
  uint64_t key_;
  uint64_t block_ = 0;
  std::array<uint32_t, 4> ready_{};
  int left_ = 0;
};

}  // namespace dinobench
