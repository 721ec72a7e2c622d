// Every evaluation can be recomputed from its record.
#include "eval/rescore.hpp"

#include "eval/evaluation.hpp"
#include "eval/items.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace rescore_contract {

TEST_CASE("contract: every evaluation has a rescorer, and every rescorer an evaluation",
          "[rescore]") {
  REQUIRE(Evaluations::names() == Rescorers::names());
}

TEST_CASE("contract: every item scorer belongs to an evaluation", "[items]") {
  for (const std::string& name : ItemScorers::names()) REQUIRE(Evaluations::has(name));
}

TEST_CASE("contract: a rescorer refuses a record without raw answers", "[rescore]") {
  for (const std::string& name : Rescorers::names()) {
    INFO(name);
    REQUIRE_THROWS_AS(Rescorers::find(name).recompute({}), Error);
  }
}

}  // namespace rescore_contract
}  // namespace dinobench
