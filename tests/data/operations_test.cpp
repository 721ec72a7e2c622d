// Transforms given as text.
#include "data/operations.hpp"

#include "data/transforms.hpp"
#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

TEST_CASE("an operation's text does what the function does") {
  Image by_text = noise(40, 30, 1), by_call = by_text;
  for (const char* text : {"crop=2,3,20,21", "resize=17x9:lanczos", "hflip", "brightness=1.2",
                           "hue=-0.05", "blur=1.3"}) {
    parse_operation(text)(by_text);
  }
  by_call = crop_resize(by_call, {2, 3, 20, 21}, 17, 9, Filter::lanczos);
  flip_horizontal(by_call);
  adjust_brightness(by_call, 1.2);
  adjust_hue(by_call, -0.05);
  gaussian_blur(by_call, 1.3);
  REQUIRE(by_text.pixels == by_call.pixels);
}

TEST_CASE("a misspelt operation names the nearest one, a malformed value the form") {
  REQUIRE(contains(error_of([] { parse_operation("brightnes=1"); }), "did you mean 'brightness'"));
  REQUIRE(contains(error_of([] { parse_operation("crop=1,2,3"); }), "left,top,width,height"));
  REQUIRE(contains(error_of([] { parse_operation("resize=224"); }), "WIDTHxHEIGHT"));
  REQUIRE(contains(error_of([] { parse_operation("resize=2x2:cubic"); }), "bicubic"));
  REQUIRE(contains(error_of([] { parse_operation("blur"); }), "blur=SIGMA"));
  REQUIRE(contains(error_of([] { parse_operation("hflip=1"); }), "hflip was expected"));
  error_of([] { parse_operation("blur=fast"); });
  error_of([] { parse_operation("solarize=300"); });
}

}  // namespace
}  // namespace dinobench::testing
