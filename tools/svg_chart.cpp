// Axes, lines, bands.
#include "tools/svg_chart.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/escaped_text.hpp"
#include "tools/table_cells.hpp"

namespace dinobench {
namespace svg_chart_drawing {
namespace {

constexpr double kLeft = 62, kRight = 632, kTop = 10, kBottom = 222;
constexpr size_t kColours = 8;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
  // A constant still needs a height.
  Range widened() const {
    if (low < high) return *this;
    const double half = low == 0 ? 1 : std::abs(low) / 10;
    return {low - half, high + half};
  }
};

struct Axes {
  Range x, y;
  double across(double value) const {
    return kLeft + (value - x.low) / (x.high - x.low) * (kRight - kLeft);
  }
  double down(double value) const {
    return kBottom - (value - y.low) / (y.high - y.low) * (kBottom - kTop);
  }
  std::string point(double at, double value) const {
    return fmt::format("{:.1f},{:.1f}", across(at), down(value));
  }
};

// y: of the band where there is one.
Axes axes_of(const std::vector<ChartLine>& lines) {
  Axes axes;
  for (const ChartLine& line : lines)
    for (size_t i = 0; i < line.x.size(); ++i) {
      if (!std::isfinite(line.y[i])) continue;
      axes.x.add(line.x[i]);
      axes.y.add(line.y[i]);
      if (i < line.low.size()) axes.y.add(line.low[i]);
      if (i < line.high.size()) axes.y.add(line.high[i]);
    }
  return axes;
}

std::string grid(const Axes& axes, const std::string& x_title) {
  std::string out;
  for (const double tick : chart_ticks(axes.y.low, axes.y.high)) {
    const double y = axes.down(tick);
    out += fmt::format(
        "<line class=\"grid\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", kLeft, y,
        kRight, y);
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:g}</text>", kLeft - 6,
                       y + 4, tick);
  }
  for (const double tick : chart_ticks(axes.x.low, axes.x.high))
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{:g}</text>",
                       axes.across(tick), kBottom + 16, tick);
  return out + fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>",
                           (kLeft + kRight) / 2, kBottom + 34, markup_text(x_title));
}

std::string path(const ChartLine& line, const Axes& axes) {
  std::string out;
  bool down = false;
  for (size_t i = 0; i < line.x.size(); ++i) {
    const bool known = std::isfinite(line.y[i]);
    if (known) out += (down ? "L" : "M") + axes.point(line.x[i], line.y[i]);
    down = known;
  }
  return out;
}

// Out along the upper rim, back along the lower one.
std::string band(const ChartLine& line, const Axes& axes) {
  std::string there, back;
  for (size_t i = 0; i < std::min(line.low.size(), line.high.size()); ++i) {
    if (!std::isfinite(line.low[i]) || !std::isfinite(line.high[i])) continue;
    there += axes.point(line.x[i], line.high[i]) + " ";
    back = axes.point(line.x[i], line.low[i]) + " " + back;
  }
  return there + back;
}

}  // namespace
}  // namespace svg_chart_drawing

std::vector<double> chart_ticks(double low, double high) {
  if (!(low < high)) return {low};
  double step = std::pow(10, std::floor(std::log10(high - low)));
  const double spans = (high - low) / step;  // 1 to 10
  if (spans < 2)
    step /= 5;
  else if (spans < 5)
    step /= 2;
  else if (spans > 7)
    step *= 2;
  std::vector<double> ticks;
  const auto last = static_cast<int64_t>(std::floor(high / step + 1e-9));
  for (auto i = static_cast<int64_t>(std::ceil(low / step - 1e-9)); i <= last; ++i)
    ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

std::string svg_chart(const std::string& title, const std::string& x_title,
                      const std::vector<ChartLine>& lines) {
  using namespace svg_chart_drawing;
  Axes axes = axes_of(lines);
  if (axes.y.empty()) return "";
  axes = {axes.x.widened(), axes.y.widened()};
  std::string out = fmt::format(
      "<svg viewBox=\"0 0 640 260\" role=\"img\" aria-label=\"{0}\"><title>{0}</title>{1}",
      markup_text(title), grid(axes, x_title));
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string area = band(lines[i], axes);
    if (!area.empty())
      out += fmt::format("<polygon class=\"band c{}\" points=\"{}\"/>", i % kColours, area);
  }
  for (size_t i = 0; i < lines.size(); ++i)
    out += fmt::format("<path class=\"line c{}\" d=\"{}\"><title>{}</title></path>", i % kColours,
                       path(lines[i], axes), markup_text(lines[i].label));
  return out + "</svg>\n";
}

}  // namespace dinobench
