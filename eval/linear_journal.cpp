// Epoch by epoch to log.txt.
#include "eval/linear_journal.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace dinobench {
namespace linear_journal {
namespace {

// A number for one probe, a list for a grid; what is not finite is null.
std::string json(const std::vector<double>& values) {
  std::vector<std::string> words;
  for (const double value : values)
    words.push_back(std::isfinite(value) ? fmt::format("{}", value) : "null");
  return values.size() == 1 ? words[0] : fmt::format("[{}]", fmt::join(words, ", "));
}

template <class Element>
std::vector<double> row(const std::vector<Element>& values, int64_t at, int64_t width,
                        double scale) {
  std::vector<double> out;
  for (int64_t i = at * width; i < (at + 1) * width; ++i)
    out.push_back(scale * static_cast<double>(values[static_cast<size_t>(i)]));
  return out;
}

}  // namespace
}  // namespace linear_journal

int64_t ProbeJournal::leader(int64_t probes) const {
  if (holdout.empty()) return 0;
  const auto last = holdout.end() - probes;
  return std::max_element(last, holdout.end()) - last;
}

std::string probe_log(const ProbeGrid& grid, const ProbeJournal& journal, const ProbeRun& run) {
  namespace names = linear_journal;
  const int64_t probes = grid.size();
  const double percent = 100 / static_cast<double>(run.val_images);
  std::string text;
  int64_t validation = 0;
  for (int64_t epoch = 0; epoch < journal.epochs(probes); ++epoch) {
    text += fmt::format(
        "{{\"train_loss\": {}, \"train_lr\": {}, \"epoch\": {}",
        names::json(names::row(journal.train_loss, epoch, probes, 1)),
        names::json(names::row(grid.rates, 0, probes, annealing(epoch, run.epochs))), epoch);
    if (validation < static_cast<int64_t>(journal.validated.size()) &&
        journal.validated[static_cast<size_t>(validation)] == epoch) {
      if (run.holdout_images > 0)
        text += fmt::format(", \"holdout_acc1\": {}",
                            names::json(names::row(journal.holdout, validation, probes,
                                                   100 / static_cast<double>(run.holdout_images))));
      else
        text += fmt::format(", \"test_loss\": {}, \"test_acc1\": {}, \"test_acc5\": {}",
                            names::json(names::row(journal.val_loss, validation, probes, 1)),
                            names::json(names::row(journal.top1, validation, probes, percent)),
                            names::json(names::row(journal.top5, validation, probes, percent)));
      ++validation;
    }
    text += "}\n";
  }
  return text;
}

}  // namespace dinobench
