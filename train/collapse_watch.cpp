// Three signs of collapse: an output that never changes, one that says nothing, features on a line.
#include "train/collapse_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace dinobench {
namespace collapse_watch {
namespace {

constexpr std::ptrdiff_t kWindow = 50;          // steps
constexpr double kSharp = 0.01, kFlat = 0.999;  // shares of the uniform output's entropy
constexpr double kAgreed = 1e-3;                // nats between teacher and student
constexpr double kLine = 1.05;                  // directions that the features use

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// Mean of the last steps; NaN for a series that is absent or too short.
double recent(const RunRecord& record, const char* name) {
  const auto found = record.train.find(name);
  if (found == record.train.end()) return kUnknown;
  const std::vector<double>& series = found->second;
  if (static_cast<std::ptrdiff_t>(series.size()) < kWindow) return kUnknown;
  return std::accumulate(series.end() - kWindow, series.end(), 0.0) / kWindow;
}

double last_known(const RunRecord& record, const char* name) {
  const auto found = record.train.find(name);
  if (found == record.train.end()) return kUnknown;
  const auto known = std::find_if(found->second.rbegin(), found->second.rend(),
                                  [](double value) { return std::isfinite(value); });
  return known == found->second.rend() ? kUnknown : *known;
}

}  // namespace
}  // namespace collapse_watch

std::string collapse_verdict(const RunRecord& record, double uniform_entropy) {
  using namespace collapse_watch;
  if (uniform_entropy <= 0) return "";
  const double entropy = recent(record, "teacher_entropy"), kl = recent(record, "kl");
  if (entropy < kSharp * uniform_entropy)
    return fmt::format("collapse to one output: the teacher's entropy is {:.4f} nats", entropy);
  if (entropy > kFlat * uniform_entropy)
    return fmt::format("collapse to the uniform output: the teacher's entropy is {:.4f} of {:.4f}",
                       entropy, uniform_entropy);
  if (kl < kAgreed)
    return fmt::format("collapse: teacher and student agree to {:.1e} nats on every view", kl);
  const double rank = last_known(record, "feature_rank");
  if (rank < kLine)
    return fmt::format("collapse of the features: they use {:.2f} directions", rank);
  return "";
}

std::string divergence_verdict(const RunRecord& record) {
  const auto found = record.train.find("loss");
  if (found == record.train.end() || found->second.empty()) return "";
  const std::vector<double>& loss = found->second;
  const auto finite =
      std::find_if(loss.rbegin(), loss.rend(), [](double value) { return std::isfinite(value); });
  if (finite == loss.rbegin()) return "";
  return fmt::format("the loss is not finite since step {} (of the last step {})",
                     loss.rend() - finite, loss.size() - 1);
}

}  // namespace dinobench
