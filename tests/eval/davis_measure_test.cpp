// J, F and their statistics: by hand, golden vectors A.10, and the definition with a dilated image.
#include "eval/davis_measure.hpp"

#include <random>

#include "tests/test.hpp"

namespace dinobench {
namespace davis_measure_test {

Mask blank(int64_t width, int64_t height) {
  return {width, height, std::vector<uint8_t>(static_cast<size_t>(width * height), 0), true};
}

/// Rows [top, bottom), columns [left, right) get the label.
Mask box(Mask mask, int64_t top, int64_t bottom, int64_t left, int64_t right, uint8_t label = 1) {
  for (int64_t y = top; y < bottom; ++y)
    for (int64_t x = left; x < right; ++x)
      mask.values[static_cast<size_t>(y * mask.width + x)] = label;
  return mask;
}

TEST_CASE("J and F of the golden vectors A.10", "[video]") {
  const Mask truth = box(blank(854, 480), 100, 300, 200, 500);
  const Mask result = box(blank(854, 480), 110, 320, 195, 480);
  REQUIRE(boundary_tolerance(854, 480) == 8);
  REQUIRE(region_similarity(result, truth, 1) == Approx(0.7981995498874719).epsilon(1e-14));
  REQUIRE(boundary_accuracy(result, truth, 1) == Approx(0.2240283).epsilon(1e-6));
}

TEST_CASE("empty masks", "[video]") {
  const Mask empty = blank(20, 10), some = box(empty, 2, 6, 3, 9);
  REQUIRE(region_similarity(empty, empty, 1) == 1);
  REQUIRE(boundary_accuracy(empty, empty, 1) == 1);
  REQUIRE(region_similarity(empty, some, 1) == 0);
  REQUIRE(boundary_accuracy(empty, some, 1) == 0);
  REQUIRE(region_similarity(some, empty, 1) == 0);
  REQUIRE(boundary_accuracy(some, empty, 1) == 0);
  REQUIRE(region_similarity(some, some, 1) == 1);
  REQUIRE(boundary_accuracy(some, some, 1) == 1);
}

TEST_CASE("a shift within the tolerance costs J alone", "[video]") {
  const Mask truth = box(blank(100, 100), 40, 60, 40, 60);
  REQUIRE(boundary_tolerance(100, 100) == 2);
  const auto shifted = [](int64_t by) { return box(blank(100, 100), 40, 60, 40 + by, 60 + by); };
  REQUIRE(region_similarity(shifted(2), truth, 1) == Approx(18.0 / 22));
  REQUIRE(boundary_accuracy(shifted(2), truth, 1) == 1);
  REQUIRE(boundary_accuracy(shifted(3), truth, 1) < 1);
  REQUIRE(boundary_accuracy(shifted(30), truth, 1) == 0);
}

TEST_CASE("an object at the image's border has no boundary there", "[video]") {
  // The whole image: no pixel differs from a neighbour, so F sees nothing while J sees all.
  const Mask all = box(blank(30, 20), 0, 20, 0, 30), empty = blank(30, 20);
  REQUIRE(region_similarity(all, empty, 1) == 0);
  REQUIRE(boundary_accuracy(all, empty, 1) == 1);
  // The lower right corner, 10 x 10: 10 + 10 + 1 pixels of boundary, none along the border. Against
  // a box one to its left (radius 1: all matched but the far ends).
  const Mask corner = box(empty, 10, 20, 20, 30);
  REQUIRE(boundary_tolerance(30, 20) == 1);
  REQUIRE(boundary_accuracy(corner, corner, 1) == 1);
  REQUIRE(boundary_accuracy(corner, box(empty, 10, 20, 19, 29), 1) < 1);
}

TEST_CASE("each object is measured alone, and void is background", "[video]") {
  const Mask truth = box(box(blank(40, 40), 5, 15, 5, 15, 1), 20, 30, 20, 30, 2);
  const Mask swapped = box(box(blank(40, 40), 5, 15, 5, 15, 2), 20, 30, 20, 30, 1);
  REQUIRE(region_similarity(swapped, truth, 1) == 0);
  REQUIRE(region_similarity(swapped, truth, 2) == 0);
  REQUIRE(region_similarity(truth, truth, 2) == 1);
  const Mask ringed = box(box(truth, 5, 15, 13, 15, 255), 0, 3, 0, 40, 255);
  REQUIRE(region_similarity(truth, ringed, 1) == Approx(0.8));  // void counts against the result
  REQUIRE(region_similarity(truth, ringed, 2) == 1);
  REQUIRE_THROWS_WITH(region_similarity(truth, blank(40, 41), 1), Catch::Contains("40 x 41"));
}

/// F by the definition: boundary images, the other one dilated by a disk.
double plain_accuracy(const Mask& result, const Mask& truth) {
  const int64_t w = truth.width, h = truth.height, r = boundary_tolerance(w, h);
  const auto edges = [&](const Mask& mask) {
    const auto at = [&](int64_t x, int64_t y) {
      return mask.values[static_cast<size_t>(y * w + x)];
    };
    std::vector<bool> out(mask.values.size(), false);
    for (int64_t y = 0; y < h; ++y)
      for (int64_t x = 0; x < w; ++x) {
        const bool right = x + 1 < w && at(x, y) != at(x + 1, y);
        const bool lower = y + 1 < h && at(x, y) != at(x, y + 1);
        const bool corner = x + 1 < w && y + 1 < h && at(x, y) != at(x + 1, y + 1);
        out[static_cast<size_t>(y * w + x)] = right || lower || corner;
      }
    return out;
  };
  const auto share = [&](const std::vector<bool>& of, const std::vector<bool>& by) {
    int64_t all = 0, found = 0;
    for (int64_t i = 0; i < w * h; ++i) {
      if (!of[static_cast<size_t>(i)]) continue;
      bool near = false;
      for (int64_t j = 0; j < w * h && !near; ++j) {
        const int64_t dx = i % w - j % w, dy = i / w - j / w;
        near = by[static_cast<size_t>(j)] && dx * dx + dy * dy <= r * r;
      }
      ++all;
      found += near;
    }
    return static_cast<double>(found) / static_cast<double>(all);
  };
  const auto a = edges(result), b = edges(truth);
  const double precision = share(a, b), recall = share(b, a);
  return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
}

TEST_CASE("running counts find what a dilated boundary covers", "[video]") {
  std::mt19937 random(5);
  const auto number = [&](int64_t below) { return static_cast<int64_t>(random()) % below; };
  for (int trial = 0; trial < 12; ++trial) {
    const int64_t width = 30 + 20 * trial, height = 25 + number(20);  // radii 1 to 3
    Mask pair[2] = {blank(width, height), blank(width, height)};
    for (Mask& mask : pair)
      for (int part = 0; part < 3; ++part) {
        const int64_t top = number(height - 1), left = number(width - 1);
        mask = box(mask, top, std::min(height, top + 1 + number(9)), left,
                   std::min(width, left + 1 + number(30)));
      }
    REQUIRE(boundary_accuracy(pair[0], pair[1], 1) == Approx(plain_accuracy(pair[0], pair[1])));
  }
}

TEST_CASE("recall and decay of few and many frames, as the official code has them", "[video]") {
  const auto of = [](int n) {
    std::vector<double> values;
    for (int i = 0; i < n; ++i) values.push_back(i * i * 7 % 11 * 10);
    return statistics(values, 100);
  };
  REQUIRE(of(1).decay == 0);
  REQUIRE(of(2).decay == Approx(-70));
  REQUIRE(of(3).decay == Approx(-25));
  REQUIRE(of(4).decay == Approx(-35));
  REQUIRE(of(6).decay == Approx(-25));
  REQUIRE(of(7).decay == Approx(-56.66666666666667));
  REQUIRE(of(10).decay == Approx(-10));
  REQUIRE(of(13).decay == Approx(2.5));
  REQUIRE(of(7).mean == Approx(61.42857142857143));
  REQUIRE(of(7).recall == Approx(71.42857142857143));
  REQUIRE(statistics(std::vector<double>{50, 50}, 100).recall == 0);  // above a half, not at it
}

}  // namespace davis_measure_test
}  // namespace dinobench
