// Registries, run records and errors: the small plain parts.
#include "core/registry.hpp"

#include "core/run_record.hpp"
#include "tests/core/support.hpp"

namespace dinobench {
namespace {

struct FruitEntry {
  std::string name;
  int seeds = 0;
  static const char* kind() { return "fruit"; }
};
using Fruits = Registry<FruitEntry>;

}  // namespace

TEST_CASE("an entry is found by name, and a missing one names its nearest") {
  REQUIRE(Fruits::add({"apple", 5}));
  REQUIRE(Fruits::add({"pear", 10}));
  REQUIRE(Fruits::find("pear").seeds == 10);
  REQUIRE(Fruits::has("apple"));
  REQUIRE_FALSE(Fruits::has("plum"));
  REQUIRE(Fruits::names() == std::vector<std::string>{"apple", "pear"});
  REQUIRE(error_of([] { Fruits::find("aple"); }) ==
          "2: unknown fruit 'aple', did you mean 'apple'?; known: apple, pear");
  REQUIRE(error_of([] { Fruits::find("watermelon"); }) ==
          "2: unknown fruit 'watermelon'; known: apple, pear");
  REQUIRE(error_of([] { Fruits::add({"pear", 1}); }) == "2: fruit 'pear' is registered twice");
}

TEST_CASE("record attributes read as text whatever their type") {
  RunRecord record;
  record.attributes = {{"seed", int64_t{3}}, {"seconds", 1.5}, {"method", std::string("dino")}};
  REQUIRE(record.text("seed") == "3");
  REQUIRE(record.text("seconds") == "1.5");
  REQUIRE(record.text("method") == "dino");
  REQUIRE(record.text("absent").empty());
  REQUIRE(std::isnan(Metric{}.ci_low));
  REQUIRE(std::isnan(Metric{}.ci_high));
}

TEST_CASE("an error knows who is to blame") {
  REQUIRE(error_of([] { fail("{} is wrong", 5); }) == "2: 5 is wrong");
  REQUIRE(error_of([] { fail_run("disk full"); }) == "3: disk full");
  REQUIRE(error_of([] { require(false, "seen {}", 1); }) == "2: seen 1");
  REQUIRE(error_of([] { require(true, "seen {}", 1); }).empty());
}

}  // namespace dinobench
