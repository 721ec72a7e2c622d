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
int long_symbol(const HuffmanTable& table, BitReader& bits) {
  for (int length = kLookBits + 1; length <= 16; ++length) {
    const auto code = static_cast<int32_t>(bits.peek(length));
    const auto at = static_cast<size_t>(length);
    if (code > table.last[at]) continue;
    bits.drop(length);
    return table.symbols[static_cast<size_t>(code + table.offset[at])];
  }
  return -1;
}

/// The coefficient where the look-up does not hold it; length 0 if there is no such code.
[[gnu::noinline]] Coefficient read_long(const HuffmanTable& table, BitReader& bits,
                                        Coefficient found, bool direct) {
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

[[gnu::always_inline]] inline Coefficient next(const HuffmanTable& table, BitReader& bits,
                                               bool direct) {
  if (bits.ready() < 32) bits.refill();
  const Coefficient found = table.look[bits.peek(kLookBits)];
  if (found.length == 0) {
    BitReader other = bits;  // so that the usual one can stay in registers
    const Coefficient rare = read_long(table, other, found, direct);
    bits.follow(other);
    return rare;
  }
  bits.drop(found.length);
  return found;
}

/// The coefficients after the mean; `sum` of their absolute values so far.
template <bool keep>
[[gnu::always_inline]] inline bool read_rest(const BlockDecoder& decoder, BitReader& bits,
                                             int16_t* out, int64_t sum, bool& flat) {
  const HuffmanTable& table = *decoder.rest;
  for (int k = 1; k < 64; ++k) {
    const Coefficient found = next(table, bits, false);
    if (found.length == 0) return false;
    if (found.run == kEnd) break;
    k += found.run;
    if (k > 63) return false;
    if constexpr (keep) {
      const int32_t value = found.value * decoder.steps[static_cast<size_t>(k)];
      out[kZigzag[static_cast<size_t>(k)]] = static_cast<int16_t>(value);
      sum += std::abs(value);
      flat = false;
    }
  }
  return sum <= BlockDecoder::kMostSum;
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
  return true;
}

void BlockDecoder::set_steps(const uint16_t* quantisers) {
  for (size_t k = 0; k < 64; ++k) steps[k] = quantisers[kZigzag[k]];
}

[[gnu::target("bmi2")]] bool BlockDecoder::decode(BitReader& from, int16_t* out, bool& flat) {
  BitReader bits = from;
  const Coefficient mean = next(*direct, bits, true);
  if (mean.length == 0) return false;
  last += mean.value;
  bool only_mean = true, sound = false;
  if (out == nullptr) {
    sound = read_rest<false>(*this, bits, out, 0, only_mean);
  } else {
    if (std::abs(last) > kMostSum) return false;
    const int32_t value = last * steps[0];
    out[0] = static_cast<int16_t>(value);
    sound = read_rest<true>(*this, bits, out, std::abs(value), only_mean);
  }
  from.follow(bits);
  flat = only_mean;
  return sound;
}

}  // namespace dinobench::decoders
