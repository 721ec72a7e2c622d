// Tables of codes, and the loop over a block.
#include "data/jpeg_huffman.hpp"

#include <cstdlib>

namespace dinobench::decoders {
namespace {

/// Where the coefficients of a block lie, in the order of transmission.
constexpr std::array<uint8_t, 64> make_zigzag() {
  std::array<uint8_t, 64> order{};
  int x = 0, y = 0;
  for (int i = 0; i < 64; ++i) {
    order[static_cast<size_t>(i)] = static_cast<uint8_t>(8 * y + x);
    const bool up = (x + y) % 2 == 0;
    if (up ? x == 7 : y == 7) {
      up ? ++y : ++x;
    } else if (up ? y == 0 : x == 0) {
      up ? ++x : ++y;
    } else {
      x += up ? 1 : -1, y += up ? -1 : 1;
    }
  }
  return order;
}
constexpr std::array<uint8_t, 64> kZigzag = make_zigzag();
static_assert(kZigzag[1] == 1 && kZigzag[2] == 8 && kZigzag[4] == 9 && kZigzag[63] == 63);

/// The entry of all `bits` that begin with a code of `length` bits.
Coefficient entry_of(uint32_t bits, int length, uint8_t symbol, bool direct) {
  const int size = direct ? symbol : symbol % 16, run = direct ? 0 : symbol / 16;
  if (size == 0) {
    const bool end = !direct && run < 15;
    return {0, static_cast<uint8_t>(end ? kEnd : run), static_cast<uint8_t>(length)};
  }
  const int rest = kLookBits - length - size;
  if (rest < 0) return {symbol, static_cast<uint8_t>(length), 0};
  const auto raw = static_cast<int32_t>(bits >> rest & ((1U << size) - 1));
  const int32_t value = raw < 1 << (size - 1) ? raw - (1 << size) + 1 : raw;
  return {static_cast<int16_t>(value), static_cast<uint8_t>(run),
          static_cast<uint8_t>(length + size)};
}

/// The symbol of a code longer than the look-up; -1 if there is none.
[[gnu::always_inline]] inline int long_symbol(const HuffmanTable& table, BitReader& bits) {
  for (int length = kLookBits + 1; length <= 16; ++length) {
    const auto code = static_cast<int32_t>(bits.peek(length));
    const auto at = static_cast<size_t>(length);
    if (code > table.last[at]) continue;
    bits.drop(length);
    return table.symbols[static_cast<size_t>(code + table.offset[at])];
  }
  return -1;
}

/// One coefficient, by the look-up or without it; length 0 if there is no such code.
[[gnu::always_inline]] inline Coefficient next(const HuffmanTable& table, BitReader& bits,
                                               bool direct) {
  bits.refill();
  const Coefficient found = table.look[bits.peek(kLookBits)];
  if (found.length > 0) {
    bits.drop(found.length);
    return found;
  }
  int symbol = found.value;
  if (found.run > 0) {
    bits.drop(found.run);
  } else {
    symbol = long_symbol(table, bits);
    if (symbol < 0) return {};
  }
  const int size = direct ? symbol : symbol % 16, run = direct ? 0 : symbol / 16;
  if (size > 0) {
    return {static_cast<int16_t>(bits.take_value(size)), static_cast<uint8_t>(run), 1};
  }
  return {0, !direct && run < 15 ? kEnd : static_cast<uint8_t>(run), 1};
}

/// The coefficients after the mean: pairs while they may be looked up, five to a refill, and now
/// and then one by itself, of a long code or where a pair would reach out of the block.
template <bool keep>
[[gnu::always_inline]] inline bool read_rest(const HuffmanTable& table, BitReader& bits,
                                             int16_t* out, bool& flat) {
  size_t k = 1;
  while (true) {
    bits.refill();
    bool rare = false;
#pragma GCC unroll 5
    for (int look = 0; look < 5; ++look) {
      const Coefficients found = table.pairs[bits.peek(kLookBits)];
      rare = found.length == 0 || k + found.reach > 64;
      if (rare) [[unlikely]]
        break;
      bits.drop(found.length % Coefficients::kLast);
      if constexpr (keep) {
        out[kZigzag[k + found.second_run]] = found.second;
        out[kZigzag[k + found.first_run]] = found.first;
      }
      const size_t past = k + found.second_run + 1;
      if ((found.length & Coefficients::kLast) != 0 || past == 64) {
        flat = k == 1 && found.first == 0;
        return true;
      }
      k = past;
    }
    if (!rare) continue;
    const Coefficient found = next(table, bits, false);
    if (found.length == 0) return false;
    if (found.run == kEnd) break;
    k += found.run;
    if (k > 63) return false;
    if constexpr (keep) out[kZigzag[k]] = found.value;
    if (++k == 64) break;
  }
  flat = k == 1;
  return true;
}

}  // namespace

bool HuffmanTable::build(const uint8_t* counts, const uint8_t* values, bool direct) {
  look.fill({});
  uint32_t code = 0;
  int32_t symbol = 0;
  for (int length = 1; length <= 16; ++length, code <<= 1) {
    const auto at = static_cast<size_t>(length);
    offset[at] = symbol - static_cast<int32_t>(code);
    last[at] = -1;
    for (int i = 0; i < counts[length]; ++i, ++code, ++symbol) {
      if (code >= 1U << length || symbol >= 256 || (direct && values[symbol] > 11)) return false;
      symbols[static_cast<size_t>(symbol)] = values[symbol];
      last[at] = static_cast<int32_t>(code);
      if (length > kLookBits) continue;
      const uint32_t first = code << (kLookBits - length);
      for (uint32_t bits = first; bits < first + (1U << (kLookBits - length)); ++bits) {
        look[bits] = entry_of(bits, length, values[symbol], direct);
      }
    }
  }
  if (!direct) build_pairs();
  return true;
}

void HuffmanTable::build_pairs() {
  for (uint32_t bits = 0; bits < look.size(); ++bits) {
    const Coefficient one = look[bits];
    pairs[bits] = {};
    if (one.length == 0) continue;
    if (one.run == kEnd) {
      pairs[bits] = {0, 0, 0, 0, 1, static_cast<uint8_t>(one.length | Coefficients::kLast)};
      continue;
    }
    // What follows is sure if it needs no more bits than are left.
    const Coefficient two = look[bits << one.length & (look.size() - 1)];
    const bool both = two.length > 0 && one.length + two.length <= kLookBits;
    const bool ends = both && two.run == kEnd, pair = both && !ends;
    const int past = one.run + 1 + (pair ? two.run + 1 : 0);
    const int length = one.length + (both ? two.length : 0);
    pairs[bits] = {one.value,
                   pair ? two.value : int16_t{0},
                   one.run,
                   static_cast<uint8_t>(past - 1),
                   static_cast<uint8_t>(ends ? past + 1 : past),
                   static_cast<uint8_t>(length | (ends ? Coefficients::kLast : 0))};
  }
}

[[gnu::target("bmi2")]] bool BlockDecoder::decode(BitReader& from, int16_t* out, bool& flat) {
  BitReader bits = from;
  const Coefficient mean = next(*direct, bits, true);
  if (mean.length == 0) return false;
  last += mean.value;
  if (std::abs(last) > INT16_MAX) return false;
  bool only_mean = true;
  if (out != nullptr) out[0] = static_cast<int16_t>(last);
  const bool sound = out == nullptr ? read_rest<false>(*rest, bits, out, only_mean)
                                    : read_rest<true>(*rest, bits, out, only_mean);
  from.follow(bits);
  flat = only_mean;
  return sound;
}

}  // namespace dinobench::decoders
