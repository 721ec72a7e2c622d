// The vectors of RFC 3720, B.4, and a message by hand.
#include "core/crc32c.hpp"

#include "core/protobuf_writer.hpp"
#include "tests/core/support.hpp"

namespace dinobench {
namespace {

TEST_CASE("CRC-32C of the published vectors") {
  std::string up, down;
  for (char i = 0; i < 32; ++i) up += i, down += static_cast<char>(31 - i);
  REQUIRE(crc32c("") == 0);
  REQUIRE(crc32c("123456789") == 0xE3069283);
  REQUIRE(crc32c(std::string(32, '\0')) == 0x8A9136AA);
  REQUIRE(crc32c(std::string(32, '\xFF')) == 0x62A8AB43);
  REQUIRE(crc32c(up) == 0x46DD794E);
  REQUIRE(crc32c(down) == 0x113FDB5C);
}

TEST_CASE("fields of a message, byte by byte") {
  ProtobufWriter message;
  message.whole(1, 150).text(2, "testing").real(3, 1.0f).real(4, -2.0).whole(5, 0);
  // 150 is 0x96 0x01 as a varint; 1.0f is 0x3F800000, -2.0 is 0xC000000000000000.
  REQUIRE(message.bytes() == std::string("\x08\x96\x01"
                                         "\x12\x07testing"
                                         "\x1D\x00\x00\x80\x3F"
                                         "\x21\x00\x00\x00\x00\x00\x00\x00\xC0"
                                         "\x28\x00",
                                         28));
  REQUIRE(ProtobufWriter().whole(1, ~0ULL).bytes().size() == 11);
}

}  // namespace
}  // namespace dinobench
