// The choice of machine code: what the processor has, what was asked for, and back.
#include "core/form.hpp"

#include <catch2/catch.hpp>

#include "core/error.hpp"

namespace dinobench::testing {
namespace {

TEST_CASE("a scope sets form and arithmetic, and what was there comes back") {
  const Form before = form();
  for (const Form wanted : available_forms()) {
    const FormScope scope(wanted);
    REQUIRE(form() == wanted);
    REQUIRE_FALSE(reference_math());
    {
      const FormScope plain(wanted, /*reference_math=*/true);
      REQUIRE(reference_math());
      REQUIRE(form() == Form::portable);
    }
    REQUIRE(form() == wanted);
  }
  REQUIRE(form() == before);
}

TEST_CASE("the portable form is everywhere, and a form the processor lacks is refused by name") {
  REQUIRE(available_forms().front() == Form::portable);
  REQUIRE(available_forms().back() == widest_form());
  REQUIRE(name_of(Form::avx512_bf16) == "avx512_bf16");
  if (widest_form() == Form::avx512_bf16) {
    WARN("skipped: this processor lacks no form");
    return;
  }
  REQUIRE_THROWS_WITH(FormScope(Form::avx512_bf16), Catch::Contains("no avx512_bf16, at most"));
}

}  // namespace
}  // namespace dinobench::testing
