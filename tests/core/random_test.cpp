// Philox against its published vectors, and the addresses of streams.
#include "core/random.hpp"

#include <cmath>
#include <set>
#include <vector>

#include "tests/core/support.hpp"

namespace dinobench {
namespace {

using Block = std::array<uint32_t, 4>;

std::vector<uint32_t> draws(Rng rng, int count) {
  std::vector<uint32_t> out;
  for (int i = 0; i < count; ++i) out.push_back(rng.bits());
  return out;
}

}  // namespace

// kat_vectors of Random123: philox4x32, 10 rounds.
TEST_CASE("philox4x32-10 gives the published known answers") {
  REQUIRE(philox4x32({0, 0, 0, 0}, {0, 0}) ==
          Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  REQUIRE(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) ==
          Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  REQUIRE(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("an address gives the same draws again, and any change of it others") {
  const auto base = draws(Rng(7, "view", {1, 2, 3}), 9);
  REQUIRE(draws(Rng(7, "view", {1, 2, 3}), 9) == base);
  REQUIRE(draws(Rng(8, "view", {1, 2, 3}), 9) != base);
  REQUIRE(draws(Rng(7, "crop", {1, 2, 3}), 9) != base);
  REQUIRE(draws(Rng(7, "view", {1, 2}), 9) != base);
  REQUIRE(draws(Rng(7, "view", {1, 3, 2}), 9) != base);
  REQUIRE(draws(Rng(7, "view", {1, 2, 3, 0}), 9) != base);
  REQUIRE(draws(Rng(7, "view", {1, 2, uint64_t{3} << 32}), 9) != base);
}

TEST_CASE("no boundary between purpose and address can be moved without another key") {
  std::set<std::vector<uint32_t>> seen;
  const std::string zero(1, '\0'), two_zeros(2, '\0');
  seen.insert(draws(Rng(1, "", {}), 4));
  seen.insert(draws(Rng(1, "", {0}), 4));
  seen.insert(draws(Rng(1, "", {0, 0}), 4));
  seen.insert(draws(Rng(1, zero, {}), 4));
  seen.insert(draws(Rng(1, zero, {0}), 4));
  seen.insert(draws(Rng(1, two_zeros, {}), 4));
  seen.insert(draws(Rng(1, "ab", {'c'}), 4));
  seen.insert(draws(Rng(1, "abc", {}), 4));
  REQUIRE(seen.size() == 8);
}

// A stream must be the same in every later version: checkpoints and records rely on it.
TEST_CASE("streams keep their draws from version to version") {
  Rng rng(0, "view", {0, 1, 2});
  const std::vector<uint32_t> first{rng.bits(), rng.bits(), rng.bits()};
  REQUIRE(first == std::vector<uint32_t>{0xb20d0546, 0xc02517f8, 0xfdacaea9});
}

TEST_CASE("uniform draws have the mean, the variance and the range of [0, 1)") {
  constexpr int count = 200000;
  Rng rng(3, "test", {});
  double sum = 0, squares = 0, low = 1, high = 0;
  for (int i = 0; i < count; ++i) {
    const double u = rng.uniform();
    sum += u;
    squares += u * u;
    low = std::min(low, u);
    high = std::max(high, u);
  }
  const double mean = sum / count;
  REQUIRE(std::abs(mean - 0.5) < 5 / std::sqrt(12.0 * count));  // five standard errors
  REQUIRE(std::abs(squares / count - mean * mean - 1.0 / 12) < 0.001);
  REQUIRE(low >= 0);
  REQUIRE(high < 1);
  REQUIRE(low < 1e-4);
  REQUIRE(high > 1 - 1e-4);
}

TEST_CASE("streams of neighbouring addresses are not correlated") {
  constexpr int count = 100000;
  double product = 0;
  for (uint64_t i = 0; i < count; ++i)
    product += (Rng(1, "view", {i}).uniform() - 0.5) * (Rng(1, "view", {i + 1}).uniform() - 0.5);
  // Products of independent draws have the standard deviation 1/12.
  REQUIRE(std::abs(product / count) < 5.0 / 12 / std::sqrt(count));
}

TEST_CASE("uniform(low, high) stretches the same draws") {
  Rng plain(5, "a", {}), stretched(5, "a", {});
  for (int i = 0; i < 10; ++i) REQUIRE(stretched.uniform(-2, 4) == -2 + 6 * plain.uniform());
}

TEST_CASE("integers fill a closed range evenly") {
  constexpr int count = 60000;
  std::array<int, 6> seen{};
  Rng rng(9, "dice", {});
  for (int i = 0; i < count; ++i) ++seen.at(static_cast<size_t>(rng.integer(1, 6) - 1));
  double chi_squared = 0;
  for (const int times : seen) chi_squared += std::pow(times - count / 6.0, 2) / (count / 6.0);
  REQUIRE(chi_squared < 20.5);  // 5 degrees of freedom, one in a thousand
}

// With 3 * 2^62 results a plain remainder would give the lowest third twice as often.
TEST_CASE("integers of a range that is no power of two are not biased to its low end") {
  constexpr int count = 30000;
  const int64_t low = std::numeric_limits<int64_t>::min(), third = int64_t{1} << 62;
  int lowest = 0;
  Rng rng(2, "wide", {});
  for (int i = 0; i < count; ++i) lowest += rng.integer(low, third - 1) < low + third ? 1 : 0;
  REQUIRE(std::abs(lowest - count / 3.0) < 5 * std::sqrt(count * 2.0 / 9));
}

TEST_CASE("integers at the edges: one value, negative bounds, the whole range, an empty range") {
  Rng rng(4, "edge", {});
  REQUIRE(rng.integer(7, 7) == 7);
  for (int i = 0; i < 100; ++i) {
    const int64_t drawn = rng.integer(-3, -1);
    REQUIRE((drawn >= -3 && drawn <= -1));
  }
  const int64_t least = std::numeric_limits<int64_t>::min(),
                most = std::numeric_limits<int64_t>::max();
  REQUIRE(rng.integer(least, most) != rng.integer(least, most));
  REQUIRE(error_of([&] { rng.integer(2, 1); }) == "2: random integer: the range [2, 1] is empty");
}

}  // namespace dinobench
