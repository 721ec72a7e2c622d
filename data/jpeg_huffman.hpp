// Baseline Huffman decoding, several times as fast as a reader of single symbols: a table of the
// next 10 bits gives one or two coefficients at once. Internal to decode_jpeg_fast.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace dinobench::decoders {

/// What the next bits mean: `run` zeros, then `value`, from `length` bits in all. Run kEnd: the
/// block ends. Length 0: more bits are needed, of the symbol `value` after its code of `run` bits
/// or, if that is 0, of a code longer than the look-up.
struct Coefficient {
  int16_t value = 0;
  uint8_t run = 0, length = 0;
};
inline constexpr uint8_t kEnd = 64;
inline constexpr int kLookBits = 10;

/// The same of up to two coefficients after the mean, from the next place k on: `second` at
/// k + second_run, then `first` at k + first_run (a lone one overwrites its second, which is 0). If
/// k + reach is more than 64 the second is the next block's. kLast in `length`: the block then
/// ends. Length 0: more bits are needed.
struct Coefficients {
  static constexpr uint8_t kLast = 64;  // above what a shift looks at
  int16_t first = 0, second = 0;
  uint8_t first_run = 0, second_run = 0, reach = 0, length = 0;
};

struct HuffmanTable {
  std::array<Coefficient, 1 << kLookBits> look;
  std::array<Coefficients, 1 << kLookBits> pairs;  // not of a direct table
  std::array<int32_t, 18> last;    // of each length the greatest code, -1 where there is none
  std::array<int32_t, 18> offset;  // symbol of a code: symbols[code + offset]
  std::array<uint8_t, 256> symbols;
  /// From the counts of codes of 1 to 16 bits and the symbols in order of their codes. `direct`
  /// (DC): a symbol is only the size of a value. False if that is no code.
  bool build(const uint8_t* counts, const uint8_t* values, bool direct);

 private:
  void build_pairs();
};

/// Big-endian bits of a buffer that has kBeyond zero bytes after its end.
class BitReader {
 public:
  static constexpr size_t kBeyond = 2048;
  explicit BitReader(std::span<const uint8_t> data) : data_(data), at_(data.data()) {}

  /// At least 56 bits become ready.
  void refill() {
    uint64_t next = 0;
    std::memcpy(&next, at_, sizeof(next));
    bits_ |= __builtin_bswap64(next) >> ready_;
    at_ += (63 - ready_) >> 3;
    ready_ |= 56;
  }
  uint32_t peek(int count) const { return static_cast<uint32_t>(bits_ >> (64 - count)); }
  void drop(int count) {
    bits_ <<= count;
    ready_ -= count;
  }
  /// A value of `size` bits, 1 to 16: those that begin with 0 are negative.
  int32_t take_value(int size) {
    const auto bits = static_cast<int32_t>(peek(size));
    drop(size);
    return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
  }
  /// Goes on where another reader of the same data is. Word by word: a copy of the whole would keep
  /// both in memory.
  void follow(const BitReader& other) {
    at_ = other.at_;
    bits_ = other.bits_;
    ready_ = other.ready_;
  }
  /// Whether more was taken than there is.
  bool overrun() const {
    return 8 * (at_ - data_.data()) - ready_ > 8 * static_cast<int64_t>(data_.size());
  }

 private:
  std::span<const uint8_t> data_;
  const uint8_t* at_;
  uint64_t bits_ = 0;
  int ready_ = 0;
};

/// One component's tables, and its last DC.
struct BlockDecoder {
  const HuffmanTable *direct = nullptr, *rest = nullptr;
  int32_t last = 0;

  /// Decodes a block; `out` (null: nobody reads it) are 64 zeros and get the coefficients as they
  /// are written, row by row. `flat`: only the mean is not zero. False for what a sound file does
  /// not hold.
  bool decode(BitReader& bits, int16_t* out, bool& flat);
};

}  // namespace dinobench::decoders
