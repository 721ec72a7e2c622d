// Lines, warnings and the progress line.
#include "core/console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace dinobench {
namespace {

constexpr double terminal_interval = 0.1, plain_interval = 10;  // seconds between two drawings
constexpr const char* clear_line = "\r\033[K";

bool is_terminal() { return isatty(STDERR_FILENO) == 1; }

// A longer line would wrap, and the next one could not be drawn over it.
std::string fit_to_terminal(std::string text) {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 && text.size() >= size.ws_col)
    text.resize(size.ws_col - 1u);
  return text;
}

void print(std::FILE* stream, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

void Console::line(const std::string& text) {
  if (!speaks_ || quiet_) return;
  if (is_terminal()) print(stderr, clear_line);
  print(stdout, text + "\n");
}

void Console::warn(const std::string& text) {
  if (speaks_) print(stderr, (is_terminal() ? clear_line : "") + ("warning: " + text + "\n"));
}

ProgressLine::ProgressLine(Console& console, std::string title, int64_t total, std::string unit,
                           int64_t done)
    : console_(console),
      title_(std::move(title)),
      unit_(std::move(unit)),
      total_(total),
      done_(done),
      first_(done),
      start_(Clock::now()),
      drawn_(start_),
      terminal_(is_terminal()) {}

ProgressLine::~ProgressLine() {
  if (done_ > first_) draw(true);
}

void ProgressLine::advance(int64_t steps, int64_t amount, const std::string& note) {
  done_ += steps;
  amount_ += amount;
  note_ = note;
  if (seconds_since(drawn_) >= (terminal_ ? terminal_interval : plain_interval)) draw(false);
}

void ProgressLine::draw(bool last) {
  if (!console_.speaks() || console_.quiet()) return;
  const double seconds = seconds_since(start_);
  const double per_step = seconds / static_cast<double>(std::max<int64_t>(done_ - first_, 1));
  const double rate = static_cast<double>(amount_) / std::max(seconds, 1e-9);
  std::string text = fmt::format("{}  {}/{}  {:.1f} {}/s  ", title_, done_, total_, rate, unit_);
  text += last ? "in " + duration_text(seconds)
               : "eta " + duration_text(per_step * static_cast<double>(total_ - done_));
  if (!note_.empty()) text += "  " + note_;
  if (terminal_) text = clear_line + fit_to_terminal(std::move(text));
  print(stderr, text + (terminal_ && !last ? "" : "\n"));
  drawn_ = Clock::now();
}

std::string duration_text(double seconds) {
  const auto whole = std::isfinite(seconds) && seconds > 0 ? std::llround(seconds) : 0;
  const auto hours = whole / 3600, minutes = whole / 60 % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60)
                   : fmt::format("{}:{:02}", minutes, whole % 60);
}

}  // namespace dinobench
