// J and F of one object in one frame. No dilated image is made: a boundary pixel looks for the
// other boundary row by row of the disk, in running counts.
#include "eval/davis_measure.hpp"

#include <cmath>
#include <numeric>

#include "core/error.hpp"

namespace dinobench {
namespace davis_measure {
namespace {

void check_sizes(const Mask& result, const Mask& truth) {
  require(result.width == truth.width && result.height == truth.height,
          "a result of {} x {} pixels, its annotation has {} x {}", result.width, result.height,
          truth.width, truth.height);
}

struct Point {
  int64_t x, y;
};

struct Boundary {
  std::vector<Point> points;
  std::vector<int32_t> counts;  // [height, width + 1]: boundary pixels of the row left of x
};

/// A pixel is on the boundary if it differs from its right, lower or lower right neighbour; the
/// last row has only right ones, the last column only lower ones.
Boundary boundary_of(const Mask& mask, uint8_t label) {
  const int64_t width = mask.width, height = mask.height;
  const auto inside = [&](int64_t x, int64_t y) {
    return mask.values[static_cast<size_t>(y * width + x)] == label;
  };
  Boundary boundary;
  boundary.counts.reserve(static_cast<size_t>((width + 1) * height));
  for (int64_t y = 0; y < height; ++y) {
    const bool lower = y + 1 < height;
    int32_t count = 0;
    boundary.counts.push_back(0);
    for (int64_t x = 0; x < width; ++x) {
      const bool own = inside(x, y), right = x + 1 < width;
      const bool differs = (right && inside(x + 1, y) != own) ||
                           (lower && inside(x, y + 1) != own) ||
                           (right && lower && inside(x + 1, y + 1) != own);
      if (differs) boundary.points.push_back({x, y});
      boundary.counts.push_back(count += differs);
    }
  }
  return boundary;
}

/// Half widths of the rows of a disk, from its centre outwards.
std::vector<int64_t> disk(int64_t radius) {
  std::vector<int64_t> halves;
  for (int64_t dy = 0, half = radius; dy <= radius; ++dy) {
    while (half * half + dy * dy > radius * radius) --half;
    halves.push_back(half);
  }
  return halves;
}

class Finder {
 public:
  Finder(const Boundary& boundary, int64_t width, int64_t height)
      : counts_(boundary.counts),
        width_(width),
        height_(height),
        disk_(disk(boundary_tolerance(width, height))) {}

  bool near(Point point) const {
    const auto radius = static_cast<int64_t>(disk_.size()) - 1;
    for (int64_t dy = -radius; dy <= radius; ++dy) {
      const int64_t y = point.y + dy, half = disk_[static_cast<size_t>(std::abs(dy))];
      if (y < 0 || y >= height_) continue;
      const int32_t* row = counts_.data() + y * (width_ + 1);
      if (row[std::min(width_, point.x + half + 1)] > row[std::max<int64_t>(0, point.x - half)])
        return true;
    }
    return false;
  }

 private:
  const std::vector<int32_t>& counts_;
  int64_t width_, height_;
  std::vector<int64_t> disk_;
};

double matched_share(const Boundary& of, const Boundary& by, int64_t width, int64_t height) {
  const Finder finder(by, width, height);
  int64_t found = 0;
  for (const Point point : of.points) found += finder.near(point);
  return static_cast<double>(found) / static_cast<double>(of.points.size());
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace
}  // namespace davis_measure

double region_similarity(const Mask& result, const Mask& truth, uint8_t label) {
  davis_measure::check_sizes(result, truth);
  int64_t both = 0, either = 0;
  for (size_t i = 0; i < truth.values.size(); ++i) {
    const bool a = result.values[i] == label, b = truth.values[i] == label;
    both += a && b;
    either += a || b;
  }
  return either == 0 ? 1 : static_cast<double>(both) / static_cast<double>(either);
}

int64_t boundary_tolerance(int64_t width, int64_t height) {
  const auto squares = static_cast<double>(width * width + height * height);
  return static_cast<int64_t>(std::ceil(0.008 * std::sqrt(squares)));
}

double boundary_accuracy(const Mask& result, const Mask& truth, uint8_t label) {
  davis_measure::check_sizes(result, truth);
  const davis_measure::Boundary found = davis_measure::boundary_of(result, label);
  const davis_measure::Boundary wanted = davis_measure::boundary_of(truth, label);
  if (found.points.empty() && wanted.points.empty()) return 1;
  if (found.points.empty() || wanted.points.empty()) return 0;  // precision or recall is 0
  const double precision = davis_measure::matched_share(found, wanted, truth.width, truth.height);
  const double recall = davis_measure::matched_share(wanted, found, truth.width, truth.height);
  return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
}

Statistics statistics(std::span<const double> values, double full) {
  require(!values.empty(), "no scored frame");
  const auto last = static_cast<double>(values.size() - 1);
  // The ends of the quarters, a half rounded up: the official code adds 1e-10 before it rounds.
  const auto end = [&](int quarter) {
    return static_cast<size_t>(std::nearbyint(1 + last * quarter / 4 + 1e-10)) - 1;
  };
  using davis_measure::mean_of;
  const auto bin = [&](int quarter) {
    return mean_of(values.subspan(end(quarter), end(quarter + 1) - end(quarter) + 1));
  };
  double above = 0;
  for (const double value : values) above += value > full / 2;
  return {mean_of(values), full * above / static_cast<double>(values.size()), bin(0) - bin(3)};
}

}  // namespace dinobench
