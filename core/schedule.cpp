// Schedules as functions of the step: nothing is stored, so a resumed run needs no replay.
#include "core/schedule.hpp"

#include <cmath>
#include <numbers>

#include "core/error.hpp"

namespace dinobench {

double linspace_value(double first, double last, int64_t count, int64_t index) {
  if (index <= 0 || count <= 1) return first;
  if (index >= count - 1) return last;
  // Index times a rounded step, as numpy does; (index * difference) / (count - 1) rounds otherwise.
  const double step = (last - first) / static_cast<double>(count - 1);
  return static_cast<double>(index) * step + first;
}

double cosine_schedule(double base, double final, int64_t epochs, int64_t steps_per_epoch,
                       int64_t warmup_epochs, double start, int64_t step) {
  require(warmup_epochs <= epochs, "a warm-up of {} epochs does not fit into {} epochs of training",
          warmup_epochs, epochs);
  const int64_t warmup = warmup_epochs * steps_per_epoch;
  if (step < warmup) return linspace_value(start, base, warmup, step);
  const int64_t rest = epochs * steps_per_epoch - warmup, done = step - warmup;
  if (done >= rest) return final;
  const double angle = std::numbers::pi * static_cast<double>(done) / static_cast<double>(rest);
  return final + 0.5 * (base - final) * (1 + std::cos(angle));
}

}  // namespace dinobench
