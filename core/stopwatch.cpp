// Sections and their seconds.
#include "core/stopwatch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dinobench {

void Stopwatch::charge() {
  if (settle_) settle_();
  const auto now = Clock::now();
  const double count = operations_ ? operations_() : 0;
  if (!open_.empty()) {
    Total& total = totals_[open_.back()];
    total.seconds += std::chrono::duration<double>(now - changed_).count();
    total.operations += count - counted_;
  }
  changed_ = now;
  counted_ = count;
}

void Stopwatch::enter(const char* name) {
  charge();
  const auto found = std::find_if(totals_.begin(), totals_.end(),
                                  [name](const Total& entry) { return entry.name == name; });
  open_.push_back(static_cast<size_t>(found - totals_.begin()));
  if (found == totals_.end()) totals_.push_back({name});
}

void Stopwatch::leave() {
  charge();
  open_.pop_back();
}

std::string Stopwatch::report(int64_t steps, double peak) const {
  Total all{"all"};
  for (const Total& total : totals_) {
    all.seconds += total.seconds;
    all.operations += total.operations;
  }
  const double n = static_cast<double>(std::max<int64_t>(1, steps));
  const auto line = [&](const Total& total) {
    std::string text =
        fmt::format("{:<16} {:>10.2f} {:>6.1f}%", total.name, 1000 * total.seconds / n,
                    all.seconds > 0 ? 100 * total.seconds / all.seconds : 0);
    if (total.operations == 0) return text;
    const double rate = total.operations / total.seconds;
    return text + fmt::format(" {:>10.3f} {:>10.1f} {:>7.1f}%", 1e-9 * total.operations / n,
                              1e-9 * rate, peak > 0 ? 100 * rate / peak : 0);
  };
  std::string text = fmt::format("{:<16} {:>10} {:>7}", "section", "ms a step", "share");
  if (all.operations > 0)
    text += fmt::format(" {:>10} {:>10} {:>8}", "GFLOP", "GFLOP/s", "of peak");
  for (const Total& total : totals_) text += "\n" + line(total);
  return text + "\n" + line(all);
}

}  // namespace dinobench
