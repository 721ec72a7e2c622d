// Escapes worked by hand.
#include "core/escaped_text.hpp"

#include <cmath>

#include "tests/core/support.hpp"

namespace dinobench {
namespace {

TEST_CASE("JSON text keeps characters, escapes what JSON must not see, replaces what is no UTF-8") {
  REQUIRE(json_text("a/b \"c\" \\d\n\t\x01") == "\"a/b \\\"c\\\" \\\\d\\n\\t\\u0001\"");
  REQUIRE(json_text("\xC3\xA9 \xF0\x9F\xA6\x95") == "\"\xC3\xA9 \xF0\x9F\xA6\x95\"");
  REQUIRE(json_text("\xFF!") == "\"\xEF\xBF\xBD!\"");
}

TEST_CASE("markup is escaped and holds only characters of XML") {
  REQUIRE(markup_text("<a href='x'>&\"") == "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
  REQUIRE(markup_text(std::string("\x00\x1B\n", 3)) == "\xEF\xBF\xBD\xEF\xBF\xBD\n");
}

TEST_CASE("overlong forms, surrogates and cut characters are not UTF-8") {
  const std::string bad = "\xEF\xBF\xBD";
  REQUIRE(markup_text("\xC0\xAF") == bad + bad);                      // '/' in two bytes
  REQUIRE(markup_text("\xED\xA0\x80") == bad + bad + bad);            // a surrogate
  REQUIRE(markup_text("\xF4\x90\x80\x80") == bad + bad + bad + bad);  // beyond U+10FFFF
  REQUIRE(markup_text("x\xE2\x82") == "x" + bad + bad);               // cut at the end
}

TEST_CASE("JSON numbers keep their digits; what is no number is null") {
  REQUIRE(json_number(0.1) == "0.1");
  REQUIRE(json_number(0.1 + 0.2) == "0.30000000000000004");
  REQUIRE(json_number(std::nan("")) == "null");
  REQUIRE(json_number(-INFINITY) == "null");
}

}  // namespace
}  // namespace dinobench
