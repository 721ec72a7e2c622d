// What the user sees: lines, warnings and one progress line. Only rank 0 speaks.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace dinobench {

/// stdout for results, stderr for progress and warnings. `speaks` is false on ranks other than 0;
/// `quiet` silences lines and progress but never warnings.
class Console {
 public:
  Console(bool speaks, bool quiet) : speaks_(speaks), quiet_(quiet) {}
  void line(const std::string& text);  ///< a result or a plan
  void warn(const std::string& text);  ///< "warning: text"
  bool speaks() const { return speaks_; }
  bool quiet() const { return quiet_; }

 private:
  bool speaks_, quiet_;
};

/// "train  120/400  83.1 img/s  eta 0:34  loss 5.912". On a terminal one line is redrawn; otherwise
/// a line is printed every ten seconds and at the end. `unit` is what `amount` counts (img ...).
class ProgressLine {
 public:
  ProgressLine(Console& console, std::string title, int64_t total, std::string unit,
               int64_t done = 0);
  ~ProgressLine();
  void advance(int64_t steps, int64_t amount, const std::string& note = "");

 private:
  void draw(bool last);
  using Clock = std::chrono::steady_clock;
  Console& console_;
  std::string title_, unit_, note_;
  int64_t total_, done_, first_, amount_ = 0;
  Clock::time_point start_, drawn_;
  bool terminal_;
};

/// 3725 -> "1:02:05"; 65 -> "1:05".
std::string duration_text(double seconds);

}  // namespace dinobench
