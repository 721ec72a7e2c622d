// Line charts as SVG text, for pages that must stand alone.
#pragma once

#include <string>
#include <vector>

namespace dinobench {

/// One line and the band around it. NaN breaks the line; the band is drawn where low < high.
struct ChartLine {
  std::string label;
  std::vector<double> x, y, low, high;
};

/// 640 x 260 units, scaled by the page. Lines and bands carry the classes c0 to c7 by their place,
/// so that a style sheet colours them; text is escaped. Empty text if no line has a finite point.
std::string svg_chart(const std::string& title, const std::string& x_title,
                      const std::vector<ChartLine>& lines);

/// Round numbers that span [low, high] in 2 to 7 steps (1, 2 or 5 times a power of ten).
std::vector<double> chart_ticks(double low, double high);

}  // namespace dinobench
