// Outlines and textures of the drawn set, as integer functions of a point.
#include <algorithm>
#include <cstdlib>

#include "data/shapes_scene.hpp"

namespace dinobench::shapes {
namespace {

bool in_disc(Point p, int64_t radius) { return squared_length(p) < radius * radius; }

// A regular polygon around a circle of radius `apothem`, one side towards +y.
bool in_polygon(Point p, int64_t sides, int64_t apothem) {
  for (int64_t k = 0; k < sides; ++k) {
    const int64_t angle = kTurn / 4 + k * kTurn / sides;
    if (p.x * cosine(angle) + p.y * sine(angle) > apothem << kSineBits) return false;
  }
  return true;
}

int64_t hashed_byte(int64_t x, int64_t y) {
  uint32_t h = static_cast<uint32_t>(x) * 0x9E3779B1u ^ static_cast<uint32_t>(y) * 0x85EBCA77u;
  h = (h ^ h >> 15) * 0x2C1B3C6Du;
  h = (h ^ h >> 12) * 0x297A2D39u;
  return static_cast<int64_t>((h ^ h >> 15) >> 24);
}

// Camouflage: random bytes at the corners of a grid, interpolated and cut at their mean.
bool in_blots(Point p, int64_t cell) {
  const int64_t x = floor_divide(p.x, cell), y = floor_divide(p.y, cell);
  const int64_t right = floor_remainder(p.x, cell), down = floor_remainder(p.y, cell);
  const auto row = [&](int64_t at) {
    return hashed_byte(x, at) * (cell - right) + hashed_byte(x + 1, at) * right;
  };
  return row(y) * (cell - down) + row(y + 1) * down > 128 * cell * cell;
}

bool in_odd_sector(Point p, int64_t lines) {
  bool odd = false;
  for (int64_t k = 0; k < lines; ++k) {
    const int64_t angle = k * kTurn / (2 * lines);
    odd ^= p.x * cosine(angle) + p.y * sine(angle) > 0;
  }
  return odd;
}

bool in_mortar(Point p, int64_t period) {
  const int64_t height = period / 2, row = floor_divide(p.y, height);
  return floor_remainder(p.y, height) < period / 8 ||
         floor_remainder(p.x + (row & 1) * height, period) < period / 8;
}

bool in_zigzag(Point p, int64_t period) {
  const int64_t bend = std::abs(floor_remainder(p.y, 2 * period) - period);
  return floor_remainder(p.x + bend, period) < period / 2;
}

}  // namespace

bool inside(Outline outline, Point p) {
  const int64_t x = std::abs(p.x), y = std::abs(p.y);
  switch (outline) {
    case Outline::disc:
      return in_disc(p, kUnit);
    case Outline::square:
      return std::max(x, y) < kUnit * 7 / 8;
    case Outline::triangle:
      return in_polygon(p, 3, kUnit * 5 / 8);
    case Outline::diamond:
      return x * 3 / 4 + y < kUnit * 9 / 8;
    case Outline::pentagon:
      return in_polygon(p, 5, kUnit * 7 / 8);
    case Outline::hexagon:
      return in_polygon(p, 6, kUnit * 7 / 8);
    case Outline::star:
      return in_polygon(p, 3, kUnit * 9 / 16) || in_polygon({p.x, -p.y}, 3, kUnit * 9 / 16);
    case Outline::cross:
      return std::max(x, y) < kUnit && std::min(x, y) < kUnit * 7 / 16;
    case Outline::flower:
      return in_disc({x - kUnit / 2, y - kUnit / 2}, kUnit * 9 / 16) || std::max(x, y) < kUnit / 2;
    case Outline::dome:
      return in_disc({p.x, p.y + kUnit / 4}, kUnit) && p.y < kUnit / 2;
  }
  return false;
}

bool second_colour(Texture texture, Point p, int64_t period) {
  const int64_t half = period / 2;
  const int64_t x = floor_remainder(p.x, period), y = floor_remainder(p.y, period);
  switch (texture) {
    case Texture::stripes:
      return x < half;
    case Texture::checks:
      return (x < half) != (y < half);
    case Texture::dots:
      return in_disc({x - half, y - half}, period * 3 / 8);
    case Texture::rings:
      return floor_remainder(square_root(squared_length(p)), period) < half;
    case Texture::zigzag:
      return in_zigzag(p, period);
    case Texture::grid:
      return std::min(x, y) < period / 4;
    case Texture::bricks:
      return in_mortar(p, period);
    case Texture::sectors:
      return in_odd_sector(p, std::max<int64_t>(2, 3 * kUnit / period));
    case Texture::blots:
      return in_blots(p, half);
    case Texture::plain:
      return false;
  }
  return false;
}

}  // namespace dinobench::shapes
