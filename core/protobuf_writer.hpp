// Messages in the wire format of Protocol Buffers: the four kinds of field that event files have.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/little_endian.hpp"

namespace dinobench {

/// Appends fields in the order of the calls. Field numbers are 1 to 15: their keys take one byte.
class ProtobufWriter {
 public:
  ProtobufWriter& whole(int field, uint64_t value) {  // int64 and friends
    key(field, 0);
    varint(value);
    return *this;
  }
  ProtobufWriter& real(int field, double value) {
    key(field, 1);
    append_number(bytes_, std::bit_cast<uint64_t>(value));
    return *this;
  }
  ProtobufWriter& real(int field, float value) {
    key(field, 5);
    append_number(bytes_, std::bit_cast<uint32_t>(value));
    return *this;
  }
  ProtobufWriter& text(int field, std::string_view value) {  // strings and messages
    key(field, 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void key(int field, int kind) { bytes_.push_back(static_cast<char>(field << 3 | kind)); }
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }
  std::string bytes_;
};

}  // namespace dinobench
