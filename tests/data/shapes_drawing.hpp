// A small drawn set on disk, for the tests of its parts.
#pragma once

#include <functional>
#include <string>

#include "core/error.hpp"
#include "data/shapes.hpp"
#include "tests/data/test_images.hpp"

namespace dinobench::testing {

/// Draws without a word.
inline bool draw_quietly(const ShapesConfig& config, const fs::path& root) {
  return make_shapes(config, root, [](int64_t, int64_t) {});
}

/// The input Error that drawing ends with; "" if it ends well.
inline std::string drawing_error(const ShapesConfig& config, const fs::path& root) {
  try {
    draw_quietly(config, root);
  } catch (const Error& error) {
    REQUIRE(error.exit_code() == 2);
    return error.what();
  }
  return "";
}

}  // namespace dinobench::testing
