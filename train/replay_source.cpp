// Training batches from a file of recorded views: the same inputs for two implementations.
#include <ATen/Functions.h>
#include <ATen/ops/from_blob.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/hdf5_file.hpp"
#include "train/batch_source.hpp"

namespace dinobench {
namespace replay_source {
namespace {

std::string step_path(int64_t step) { return fmt::format("/step/{}", step); }

/// Rows [first, first + rows) of a recorded view.
at::Tensor view_rows(const Array& array, int64_t first, int64_t rows, const std::string& path) {
  const auto* values = std::get_if<std::vector<float>>(&array.values);
  require(values != nullptr && array.shape.size() == 4 && array.shape[1] == 3,
          "{}: expected float32 [B, 3, h, w], found {} of shape {}", path,
          values == nullptr ? "another type" : "float32", fmt::join(array.shape, " x "));
  return at::from_blob(const_cast<float*>(values->data()), array.shape, at::kFloat)
      .narrow(0, first, rows)
      .clone();
}

std::vector<int64_t> label_values(const Array& array, const std::string& path) {
  if (const auto* whole = std::get_if<std::vector<int64_t>>(&array.values)) return *whole;
  const auto* bytes = std::get_if<std::vector<uint8_t>>(&array.values);
  require(bytes != nullptr, "{}: expected whole numbers", path);
  return {bytes->begin(), bytes->end()};
}

class ReplaySource final : public BatchSource {
 public:
  ReplaySource(const std::filesystem::path& file, int64_t views, const SourceConfig& config)
      : file_(file.string()),
        reader_(file),
        views_(views),
        config_(config),
        rows_(config.global_batch / config.world / config.parts) {}

  StepBatch next() override {
    const std::string step = step_path(config_.first_step + served_ / config_.parts);
    first_ = (config_.rank * config_.parts + served_ % config_.parts) * rows_;
    require(reader_.has(step), "--replay_views {}: no {}; the run wants steps {} to {}", file_,
            step, config_.first_step, config_.stop - 1);
    const auto recorded = static_cast<int64_t>(reader_.children(step + "/view").size());
    require(recorded == views_, "--replay_views {}: {} holds {} views, the method makes {}", file_,
            step, recorded, views_);
    StepBatch out;
    for (int64_t v = 0; v < views_; ++v)
      out.views.push_back(view(fmt::format("{}/view/{}", step, v)));
    out.labels = labels(step + "/labels").to(config_.device);
    for (int64_t row = 0; row < rows_; ++row) out.samples.push_back(first_ + row);
    ++served_;
    return out;
  }
  std::string name_of(int64_t sample) const override { return fmt::format("row {}", sample); }

 private:
  at::Tensor view(const std::string& path) {
    require(reader_.has(path), "--replay_views {}: no {}", file_, path);
    const Array array = reader_.array(path);
    check_rows(array, path);
    return view_rows(array, first_, rows_, file_ + path).to(config_.device, config_.dtype);
  }

  at::Tensor labels(const std::string& path) {
    if (!reader_.has(path)) return at::full({rows_}, -1, at::kLong);
    const Array array = reader_.array(path);
    check_rows(array, path);
    return at::tensor(label_values(array, file_ + path), at::kLong)
        .narrow(0, first_, rows_)
        .clone();
  }

  void check_rows(const Array& array, const std::string& path) const {
    const int64_t seen = array.shape.empty() ? 0 : array.shape.front();
    require(
        seen == config_.global_batch,
        "--replay_views {}: {} holds {} rows, the global batch is {} (--batch_size_per_gpu {} on "
        "{} ranks, --accumulate_steps {})",
        file_, path, seen, config_.global_batch, rows_, config_.world, config_.parts);
  }

  std::string file_;
  Hdf5Reader reader_;
  int64_t views_;
  SourceConfig config_;
  int64_t rows_;                    // of a part
  int64_t served_ = 0, first_ = 0;  // parts so far; the row where the one under way begins
};

}  // namespace
}  // namespace replay_source

std::unique_ptr<BatchSource> make_replay_source(const std::filesystem::path& file, int64_t views,
                                                const SourceConfig& config) {
  return std::make_unique<replay_source::ReplaySource>(file, views, config);
}

ReplayFacts inspect_replay(const std::filesystem::path& file) {
  const Hdf5Reader reader(file);
  ReplayFacts facts;
  for (; reader.has(replay_source::step_path(facts.steps)); ++facts.steps) {
    const std::string path = replay_source::step_path(facts.steps) + "/labels";
    if (!reader.has(path)) continue;
    for (const int64_t label : replay_source::label_values(reader.array(path), path)) {
      facts.classes = std::max(facts.classes, label + 1);
    }
  }
  require(facts.steps > 0, "--replay_views {}: no /step/0", file.string());
  return facts;
}

}  // namespace dinobench
