// Series of a run: appended step by step, restored, summed up by epoch.
#include "train/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/hdf5_store.hpp"

namespace dinobench {
namespace journal {
namespace {

std::string json_mean(const RunRecord& record, const std::string& series, size_t first,
                      size_t count) {
  const auto found = record.train.find(series);
  if (found == record.train.end() || found->second.size() < first + count) return "null";
  double sum = 0;
  for (size_t i = first; i < first + count; ++i) sum += found->second[i];
  const double mean = sum / static_cast<double>(count);
  return std::isfinite(mean) ? fmt::format("{}", mean) : "null";
}

}  // namespace
}  // namespace journal

void hold_last(const RunRecord& record, const std::string& name,
               std::map<std::string, double>& values) {
  const auto value = values.find(name);
  const auto before = record.train.find(name);
  if (value == values.end() || !std::isnan(value->second)) return;
  if (before != record.train.end() && !before->second.empty())
    value->second = before->second.back();
}

void append_step(RunRecord& record, const std::map<std::string, double>& values) {
  const auto step = static_cast<size_t>(values.at("step"));
  for (const auto& [name, value] : values) {
    std::vector<double>& series = record.train[name];
    series.resize(step, std::numeric_limits<double>::quiet_NaN());
    series.push_back(value);
  }
}

void restore_series(RunRecord& record, const std::filesystem::path& run_file, int64_t step) {
  record.train.clear();
  if (!std::filesystem::exists(run_file)) return;
  record.train = load_record(run_file).train;
  for (auto& [name, series] : record.train) {
    series.resize(std::min(series.size(), static_cast<size_t>(step)));
  }
}

std::string epoch_log(const RunRecord& record, int64_t steps_per_epoch) {
  const auto steps = record.train.find("step");
  if (steps == record.train.end()) return "";
  const auto length = static_cast<size_t>(steps_per_epoch);
  std::string text;
  for (size_t epoch = 0; (epoch + 1) * length <= steps->second.size(); ++epoch) {
    const size_t first = epoch * length;
    text +=
        fmt::format("{{\"train_loss\": {}, \"train_lr\": {}, \"train_wd\": {}, \"epoch\": {}}}\n",
                    journal::json_mean(record, "loss", first, length),
                    journal::json_mean(record, "learning_rate", first, length),
                    journal::json_mean(record, "weight_decay", first, length), epoch);
  }
  return text;
}

}  // namespace dinobench
