// Pictures of one object after another for the retrieval part of the drawn set.
#pragma once

#include <array>
#include <cstdint>

#include "data/shapes.hpp"
#include "data/shapes_stage.hpp"

namespace dinobench::shapes {

enum class Grade { query, easy, hard, junk };

struct ObjectView {
  Image image;
  std::array<int64_t, 4> box{};  // of what one sees: left, top, right, bottom (exclusive); pixels
  int64_t visible = 0;           // percent of the object's surface
};

/// The object of an identity: outline, texture, colours and marks, the same in all its pictures.
/// Identities 2k and 2k + 1 share outline and texture; their hues are a quarter of a turn apart.
Instance identity(uint64_t seed, int64_t index);

ObjectView draw_view_of(const ShapesConfig& config, int64_t identity, Grade grade, int64_t index);

/// A picture of an object that is no identity; every second one is like one of them but for its
/// outline or its texture.
Image draw_other(const ShapesConfig& config, int64_t index);

}  // namespace dinobench::shapes
