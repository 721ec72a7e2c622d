// Sections and their seconds.
#include "core/stopwatch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dinobench {

void Stopwatch::charge() {
  if (settle_) settle_();
  const auto now = Clock::now();
  if (!open_.empty())
    totals_[open_.back()].second += std::chrono::duration<double>(now - changed_).count();
  changed_ = now;
}

void Stopwatch::enter(const char* name) {
  charge();
  const auto found = std::find_if(totals_.begin(), totals_.end(),
                                  [name](const auto& entry) { return entry.first == name; });
  open_.push_back(static_cast<size_t>(found - totals_.begin()));
  if (found == totals_.end()) totals_.emplace_back(name, 0.0);
}

void Stopwatch::leave() {
  charge();
  open_.pop_back();
}

std::string Stopwatch::report(int64_t steps) const {
  double all = 0;
  for (const auto& [name, seconds] : totals_) all += seconds;
  std::string text = fmt::format("{:<16} {:>10} {:>7}\n", "section", "ms a step", "share");
  for (const auto& [name, seconds] : totals_) {
    text += fmt::format("{:<16} {:>10.2f} {:>6.1f}%\n", name,
                        1000 * seconds / static_cast<double>(std::max<int64_t>(1, steps)),
                        all > 0 ? 100 * seconds / all : 0);
  }
  return text + fmt::format("{:<16} {:>10.2f}", "all",
                            1000 * all / static_cast<double>(std::max<int64_t>(1, steps)));
}

}  // namespace dinobench
