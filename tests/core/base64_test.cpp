// The vectors of RFC 4648, section 10.
#include "core/base64.hpp"

#include "tests/core/support.hpp"

namespace dinobench {
namespace {

TEST_CASE("base64 of RFC 4648") {
  REQUIRE(base64("") == "");
  REQUIRE(base64("f") == "Zg==");
  REQUIRE(base64("fo") == "Zm8=");
  REQUIRE(base64("foo") == "Zm9v");
  REQUIRE(base64("foob") == "Zm9vYg==");
  REQUIRE(base64("fooba") == "Zm9vYmE=");
  REQUIRE(base64("foobar") == "Zm9vYmFy");
  REQUIRE(base64("\xFB\xEF\xFF") == "++//");
}

}  // namespace
}  // namespace dinobench
