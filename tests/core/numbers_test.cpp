// Strict number parsing.
#include "core/numbers.hpp"

#include "tests/core/support.hpp"

namespace dinobench {

TEST_CASE("whole numbers are taken whole or refused") {
  REQUIRE(parse_int("0", "--n") == 0);
  REQUIRE(parse_int("-12", "--n") == -12);
  REQUIRE(parse_int("+5", "--n") == 5);
  REQUIRE(parse_int("9223372036854775807", "--n") == std::numeric_limits<int64_t>::max());
  for (const char* word :
       {"", "ten", "10abc", "0x", "0x10", "1.0", "1e3", " 1", "1 ", "+-1", "--1", "+"})
    REQUIRE(error_of([&] { parse_int(word, "--n"); }) ==
            fmt::format("2: --n: '{}' is not a whole number", word));
  REQUIRE(error_of([] { parse_int("9223372036854775808", "--n"); }) ==
          "2: --n: '9223372036854775808' is too large for a whole number");
}

TEST_CASE("decimal numbers are finite and taken whole") {
  REQUIRE(parse_double("0.5", "--x") == 0.5);
  REQUIRE(parse_double("-1e-3", "--x") == -0.001);
  REQUIRE(parse_double("+.25", "--x") == 0.25);
  REQUIRE(parse_double("7", "--x") == 7);
  for (const char* word : {"", "nan", "inf", "-inf", "0x1p3", "1,5", "1.5x", "e3", "."})
    REQUIRE(error_of([&] { parse_double(word, "--x"); }) ==
            fmt::format("2: --x: '{}' is not a number", word));
  REQUIRE(error_of([] { parse_double("1e400", "--x"); }) == "2: --x: '1e400' is out of range");
}

TEST_CASE("what looks like a number is told by its form") {
  for (const char* word : {"10", "-0.05", "+3", "1e-4", "1e400", ".5", "5."})
    REQUIRE(looks_like_number(word));
  for (const char* word : {"", "-", "-n", "--5", "e5", "1e", "10abc", "0x10", "inf", "nan", "1 2"})
    REQUIRE_FALSE(looks_like_number(word));
}

}  // namespace dinobench
