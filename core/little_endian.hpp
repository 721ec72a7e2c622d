// Little-endian integers in byte sequences.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/error.hpp"

namespace dinobench {

/// Reads forward through bytes; an input Error beyond their end.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::span<const std::byte> take(uint64_t count) {
    require(count <= left(), "{} bytes wanted where {} are left", count, left());
    const auto out = bytes_.subspan(position_, static_cast<size_t>(count));
    position_ += static_cast<size_t>(count);
    return out;
  }
  template <std::unsigned_integral Number>
  Number number() {
    Number out = 0;
    int shift = 0;
    for (const std::byte byte : take(sizeof(Number))) {
      out = static_cast<Number>(out | static_cast<Number>(static_cast<Number>(byte) << shift));
      shift += 8;
    }
    return out;
  }
  std::string text(uint64_t count) {
    const auto bytes = take(count);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  uint64_t left() const { return bytes_.size() - position_; }

 private:
  std::span<const std::byte> bytes_;
  size_t position_ = 0;
};

template <std::unsigned_integral Number>
void append_number(std::string& out, Number number) {
  for (size_t i = 0; i < sizeof(Number); ++i)
    out.push_back(static_cast<char>(static_cast<uint64_t>(number) >> (8 * i) & 0xFF));
}

}  // namespace dinobench
